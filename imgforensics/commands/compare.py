"""Tells whether two images, or parts of them, are the same.

    imgforensics compare A B --out=DIR

A and B are image files. Of a file with several pages the one is taken that is most like the other
image, and channels are compared together; --page and --channel choose, from 1: N for the file that
has several, or N,M of A and of B. Printed are the verdict, how often it is wrong, f and the
verified score (both at most 1 for copies), how B lies on A, and what to look at. A_B_KEY.png and
A_B_KEY.json in the folder show and tell more; the key is of the content of both images and of the
weights. Weights need their calibration beside them, see `imgforensics fit_verified`.
"""

import gc

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("A", "B")
_MODEL = shared.define_model(which=False)
_PAGE = flags.DEFINE_list("page", None, "N, or N,M: pages of A and B, from 1.")
_CHANNEL = flags.DEFINE_list("channel", None, "N, or N,M: channels of A and B, from 1.")
_HEAT_MAPS = flags.DEFINE_bool("heat_maps", False, "Draw what makes the network's f small, too.")
_OUT = flags.DEFINE_string("out", ".", "Folder that the picture and the record go to.")


def main(argv: list[str]) -> None:
    a, b = argv[1:]
    page, channel = _numbers(_PAGE), _numbers(_CHANNEL)
    print(f"comparing {printable(a)} and {printable(b)}", flush=True)
    outputs.check_folder(_OUT.value)
    # What is imported lives to the end: to look for garbage in it takes a third of the time that
    # importing does, and as long again when the process ends.
    gc.disable()
    from imgforensics.comparison import compare, report, words
    from imgforensics.utils import compilation

    gc.freeze()
    gc.enable()
    compilation.use_cache()
    comparison = compare.compare(a, b, _MODEL.weights.value, page=page, channel=channel)
    print("\n".join(words.describe(comparison)))
    written = report.write(comparison, _OUT.value, (a, b), _HEAT_MAPS.value)
    print(f"written to {' and '.join(map(printable, written))}")


def _numbers(flag: flags.FlagHolder) -> int | tuple[int, int] | None:
    """One number, or two."""
    texts = flag.value or []
    if len(texts) > 2 or not all(text.isdecimal() and int(text) for text in texts):
        raise UserError(f"--{flag.name}={','.join(texts)} is no number from 1, nor two as in 2,1")
    numbers = [int(text) for text in texts]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else next(iter(numbers), None)
