"""Brings the README's table up to date with the records in results/.

python -m experiments.readme
"""

import pathlib

from absl import flags

from imgforensics import atomic, cli
from imgforensics.evaluation import readme

_README = flags.DEFINE_string("readme", "README.md", "The file to change.")
_RESULTS = flags.DEFINE_string("results", "results", "Folder of records of experiments.evaluate.")


def main(_):
    text = pathlib.Path(_README.value).read_text(encoding="utf-8")
    filled = readme.fill(text, pathlib.Path(_RESULTS.value))
    with atomic.writing(_README.value) as file:
        file.write(filled)
    print(f"{_README.value}: {'unchanged' if filled == text else 'brought up to date'}")


if __name__ == "__main__":
    cli.run(main)
