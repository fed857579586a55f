"""Scores pairs of images for re-use.

    imgforensics score_pairs --root=DIR --pairs=pairs.csv --out=scores.csv

`pairs.csv` has columns `a` and `b`, paths below DIR; further columns are kept. `scores.csv` has the
same rows in the same order, and more columns: what --scores names, and `reason`. Each score is at
most 1 where two images are judged to be copies:

  f         equation 1 of the paper, and beside it `likelihood` = sigmoid(1 - f);
  local     f with local matches, milliseconds a pair;
  verified  f with what a registration finds in common, a tenth of a second for different images.

A pair of which an image is missing, unreadable or blank has no score, and the reason why; then the
command ends with exit code 2. An existing file is replaced once the new one is complete; the same
command goes on where an earlier one was stopped. Cells that a spreadsheet would take for formulas
are written with an apostrophe in front.

Every image is read and embedded once, by the running moments of the anchor's branch, so that f of
an image and itself is 0 and the order of a pair doesn't matter. An image of another size than the
network's input is cut to its largest central square and resized with anti-aliasing.
"""

import sys

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_MODEL = shared.define_model()
_ROOT = flags.DEFINE_string("root", None, "Folder that the paths start from.", required=True)
_PAIRS = flags.DEFINE_string("pairs", None, "CSV file with columns a and b.", required=True)
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)
_SCORES = flags.DEFINE_list("scores", ["f"], "Columns to write, of f, local and verified.")


def main(argv: list[str]) -> int:
    del argv
    print(f"scoring {printable(_PAIRS.value)}", flush=True)
    outputs.check_file(_OUT.value)
    from imgforensics import pretrained
    from imgforensics.comparison import pair_scores, pairs
    from imgforensics.inference import weights
    from imgforensics.utils import compilation
    from imgforensics.verification import calibration

    scores = list(dict.fromkeys(_SCORES.value)) or [""]
    if wrong := [name for name in scores if name not in pair_scores.COLUMNS]:
        raise UserError(f"--scores has {wrong[0]!r}: choose of {', '.join(pair_scores.COLUMNS)}")
    compilation.use_cache()
    checked = pairs.check(_PAIRS.value, _ROOT.value, scores)
    model, fitted = _MODEL.read(), None
    if "verified" in scores:
        path = calibration.beside(_MODEL.weights.value or pretrained.path())
        fitted = calibration.load(path, weights.fingerprint(model))
    scorer = pair_scores.Scorer(model, scores, fitted)
    done = pairs.score(scorer, checked, pairs=_PAIRS.value, root=_ROOT.value, out=_OUT.value)
    print(f"written to {printable(_OUT.value)}: {done.pairs} pairs of {done.images} images")
    if not done.without:
        return 0
    print(
        f"{done.without} of {done.pairs} pairs have no score: the column `reason` says why",
        file=sys.stderr,
    )
    return 2
