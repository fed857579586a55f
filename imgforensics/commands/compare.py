"""Tells whether two images, or parts of them, are the same; or what one image shows twice.

    imgforensics compare A B --out=DIR
    imgforensics compare A --out=DIR

A and B are image files. Of a file with several pages the one is taken that is most like the other
image (alone, the first one), and channels are compared together; --page and --channel choose, from
1: N for the file that has several, or N,M of A and of B. Printed are the verdict, how often it is
wrong, f and the verified score (both at most 1 for copies), how B lies on A in each region that
they have in common, and what to look at. A_B_KEY.png and A_B_KEY.json in the folder show and tell
more; the key is of the content of the images and of the weights. Weights need their calibration
beside them, see `imgforensics fit_verified`.
"""

import gc

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("A", "[B]")
_MODEL = shared.define_model(which=False)
_PAGE = flags.DEFINE_list("page", None, "N, or N,M: pages of A and B, from 1.")
_CHANNEL = flags.DEFINE_list("channel", None, "N, or N,M: channels of A and B, from 1.")
_HEAT_MAPS = flags.DEFINE_bool("heat_maps", False, "Draw what makes the network's f small, too.")
_OUT = flags.DEFINE_string("out", ".", "Folder that the picture and the record go to.")


def main(argv: list[str]) -> None:
    files = argv[1:]
    page, channel = _numbers(_PAGE, len(files)), _numbers(_CHANNEL, len(files))
    print(f"comparing {' and '.join(map(printable, files))}", flush=True)
    outputs.check_folder(_OUT.value)
    # What is imported lives to the end: to look for garbage in it takes a third of the time that
    # importing does, and as long again when the process ends.
    gc.disable()
    from imgforensics.comparison import compare, report, words
    from imgforensics.utils import compilation

    gc.freeze()
    gc.enable()
    compilation.use_cache()
    first, second = files[0], files[1] if len(files) > 1 else None
    outcome = compare.compare(first, second, _MODEL.weights.value, page=page, channel=channel)
    print("\n".join(words.describe(outcome)))
    written = report.write(outcome, _OUT.value, files, _HEAT_MAPS.value)
    print(f"written to {' and '.join(map(printable, written))}")


def _numbers(flag: flags.FlagHolder, files: int) -> int | tuple[int, int] | None:
    """One number, or two of two files."""
    texts = flag.value or []
    if len(texts) > files or not all(text.isdecimal() and int(text) for text in texts):
        raise UserError(f"--{flag.name}={','.join(texts)} is no number from 1, nor two as in 2,1")
    numbers = [int(text) for text in texts]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else next(iter(numbers), None)
