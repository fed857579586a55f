"""The command `imgforensics`: names its commands, and runs one of them."""

import ast
import difflib
import pathlib
import sys
from collections.abc import Sequence

import imgforensics
from imgforensics import commands
from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_ABOUT = """usage: imgforensics COMMAND ...

Finds re-used scientific images, and trains and evaluates the networks that do so.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command; a mistake of the user ends it with one line and exit code 1.

    Args:
        arguments: of the command; by default those that it was called with.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["help"]:
        given = [*given[1:], "--help"]
    with cli.errors_as_lines():
        if not given or given[0].startswith("-"):
            _without_command(given)
            return
        if given[0] not in commands.ALL:
            near = difflib.get_close_matches(given[0], commands.ALL)
            meant = f": did you mean {' or '.join(near)}?" if near else ""
            raise UserError(f"there is no command {given[0]!r}{meant} (--help lists all)")
    run(given[0], given[1:])


def run(name: str, arguments: Sequence[str] | None = None) -> None:
    """Runs one of the commands.

    Args:
        name: of `commands.ALL`.
        arguments: of the command; by default those of the process.
    """
    module = cli.load(f"{commands.__name__}.{name}")
    cli.run(module.main, arguments, f"imgforensics {name}")


def _without_command(given):
    if cli.asks_for_help(given):
        print(_listed())
    elif given == ["--version"]:
        print(f"imgforensics {imgforensics.__version__}")
    elif given:
        raise UserError(f"{given[0]} comes before a command (imgforensics --help lists all)")
    else:
        raise UserError("name a command (imgforensics --help lists all)")


def _listed() -> str:
    """All commands, with the first line of each module's docstring."""
    lines = [_ABOUT]
    folder = pathlib.Path(commands.__file__).parent
    for group, names in commands.GROUPS.items():
        lines.append(f"{group}:")
        for name in names:
            # Read, not imported: that takes seconds for all of them.
            parsed = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
            first, *_ = (ast.get_docstring(parsed) or "").splitlines()
            lines.append(f"  {name:14}  {first}")
        lines.append("")
    return "\n".join([*lines, "`imgforensics COMMAND --help` tells more of one."])
