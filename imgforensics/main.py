"""The command `imgforensics`."""

import argparse
import gc
from collections.abc import Sequence

from imgforensics.utils import cli, local
from imgforensics.utils.errors import UserError

_COMPARE = """Tells whether two images, or parts of them, are the same: f and its likelihood, the
verified score and its likelihood, and how B lies on A. Writes A_B.png and A_B.json to the folder,
in place of older ones."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UserError(f"{message} (`{self.prog} --help` lists what can be given)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command; a mistake of the user ends it with one line and exit code 1.

    Args:
        arguments: of the command; by default those that it was called with.
    """
    with cli.errors_as_lines():
        given = _parser().parse_args(arguments)
        given.run(given)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="imgforensics", description="Finds re-used scientific images.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    compare = commands.add_parser("compare", help="two images", description=_COMPARE)
    compare.add_argument("a", metavar="A", help="PNG, JPEG or TIFF file")
    compare.add_argument("b", metavar="B", help="likewise")
    compare.add_argument("--out", default=".", metavar="DIR", help="folder (default: this one)")
    compare.add_argument(
        "--weights",
        metavar="W",
        help="weights, with their calibration beside them (default: those of the package)",
    )
    compare.set_defaults(run=_compare)
    return parser


def _compare(given) -> None:
    local.check(given.out, "--out")
    print(f"comparing {given.a} and {given.b}", flush=True)
    # What is imported lives to the end: to look for garbage in it takes a third of the time that
    # importing does, and as long again when the process ends.
    gc.disable()
    from imgforensics.comparison import compare, report
    from imgforensics.utils import compilation

    gc.freeze()
    gc.enable()
    compilation.use_cache()
    comparison = compare.compare(given.a, given.b, given.weights)
    print("\n".join(report.describe(comparison)))
    written = report.write(comparison, given.out, (given.a, given.b))
    print(f"written to {written[0]} and {written[1]}")
