"""The command `imgforensics`."""

import argparse
import gc
import re
from collections.abc import Sequence

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_COMPARE = """Tells whether two images, or parts of them, are the same: f and its likelihood, the
verified score and its likelihood, and how B lies on A. Writes A_B.png and A_B.json to the folder,
in place of older ones."""
_KINDS = "PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF, JPEG 2000 or JPEG XL file"


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
    compare.add_argument("a", metavar="A", help=_KINDS)
    compare.add_argument("b", metavar="B", help="likewise")
    compare.add_argument("--out", default=".", metavar="DIR", help="folder (default: this one)")
    compare.add_argument(
        "--weights",
        metavar="W",
        help="weights, with their calibration beside them (default: those of the package)",
    )
    for what, otherwise in (("page", "those most alike"), ("channel", "all together")):
        compare.add_argument(
            f"--{what}",
            type=_numbers,
            metavar="N",
            help=f"{what} of the file that has several, from 1; N,M: of A and of B "
            f"(default: {otherwise})",
        )
    compare.set_defaults(run=_compare)
    return parser


def _numbers(text):
    """One number, or two with a comma between."""
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1, nor two as in 2,1")
    numbers = tuple(map(int, text.split(",")))
    return numbers if len(numbers) == 2 else numbers[0]


def _compare(given) -> None:
    print(f"comparing {given.a} and {given.b}", flush=True)
    # What is imported lives to the end: to look for garbage in it takes a third of the time that
    # importing does, and as long again when the process ends.
    gc.disable()
    from imgforensics.comparison import compare, report
    from imgforensics.utils import compilation

    gc.freeze()
    gc.enable()
    compilation.use_cache()
    comparison = compare.compare(
        given.a, given.b, given.weights, page=given.page, channel=given.channel
    )
    print("\n".join(report.describe(comparison)))
    written = report.write(comparison, given.out, (given.a, given.b))
    print(f"written to {written[0]} and {written[1]}")
