"""Writes the page of all commands, docs/commands.md, from what they say of themselves.

python -m experiments.command_page
"""

import pathlib

from imgforensics.utils import atomic, cli


def main(argv: list[str]) -> None:
    del argv
    experiments = pathlib.Path(__file__).parent
    out = experiments.parent / "docs" / "commands.md"
    print(f"writing {out}", flush=True)
    from experiments.tables import command_page

    with atomic.writing(out) as file:
        file.write(command_page.page(experiments))


if __name__ == "__main__":
    cli.run(main)
