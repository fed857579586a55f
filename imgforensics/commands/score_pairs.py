"""Scores pairs of images for re-use.

    imgforensics score_pairs --root=DIR --pairs=pairs.csv --out=scores.csv

`pairs.csv` has columns `a` and `b`, paths below DIR; further columns are kept. `scores.csv` has the
same rows in the same order, and three more columns: `f`, at most 1 where two images are judged to
be copies (equation 1 of the paper), `likelihood` = sigmoid(1 - f), and `reason`. A pair of which an
image is missing, unreadable or blank has no f, and the reason why; then the command ends with exit
code 2. An existing file is replaced once the new one is complete. Cells that a spreadsheet would
take for formulas are written with an apostrophe in front.

Every image is read and embedded once, by the running moments of the anchor's branch, so that f of
an image and itself is 0 and the order of a pair doesn't matter. An image of another size than the
network's input is cut to its largest central square and resized with anti-aliasing.
"""

import sys

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.printable import printable

_MODEL = shared.define_model()
_ROOT = flags.DEFINE_string("root", None, "Folder that the paths start from.", required=True)
_PAIRS = flags.DEFINE_string("pairs", None, "CSV file with columns a and b.", required=True)
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)


def main(argv: list[str]) -> int:
    del argv
    print(f"scoring {printable(_PAIRS.value)}", flush=True)
    outputs.check_file(_OUT.value)
    from imgforensics.comparison import pairs
    from imgforensics.utils import compilation

    compilation.use_cache()
    named = pairs.check(_PAIRS.value, _ROOT.value)
    done = pairs.score(_MODEL.read(), named, pairs=_PAIRS.value, root=_ROOT.value, out=_OUT.value)
    print(f"written to {printable(_OUT.value)}: {done.pairs} pairs of {done.images} images")
    if not done.without:
        return 0
    print(
        f"{done.without} of {done.pairs} pairs have no score: the column `reason` says why",
        file=sys.stderr,
    )
    return 2
