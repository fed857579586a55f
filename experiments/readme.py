"""Brings the tables of README, model card and docs up to date with the records in results/.

python -m experiments.readme
"""

import pathlib

from absl import flags

from imgforensics.utils import atomic, cli

_RESULTS = flags.DEFINE_string("results", "results", "Folder of records.")


def main(_):
    print(f"reading the records in {_RESULTS.value}", flush=True)
    from experiments.tables import readme

    pages = {
        "README.md": readme.BLOCKS,
        "docs/model_card.md": readme.CARD,
        "docs/accelerator.md": readme.ACCELERATOR,
    }
    for path, blocks in pages.items():
        text = pathlib.Path(path).read_text(encoding="utf-8")
        filled = readme.fill(text, pathlib.Path(_RESULTS.value), blocks)
        with atomic.writing(path) as file:
            file.write(filled)
        print(f"{path}: {'unchanged' if filled == text else 'brought up to date'}")


if __name__ == "__main__":
    cli.run(main)
