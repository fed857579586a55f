"""The command `imgforensics`."""

import argparse
import gc
from collections.abc import Sequence

from imgforensics.utils import cli, outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_COMPARE = """Tells whether two images, or parts of them, are the same: f and its likelihood, the
verified score and its likelihood, and how B lies on A. Writes A_B_KEY.png and A_B_KEY.json to the
folder; the key is of the content of both images and of the weights."""


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
    print(f"comparing {printable(given.a)} and {printable(given.b)}", flush=True)
    outputs.check_folder(given.out)
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
    print(f"written to {' and '.join(map(printable, written))}")
