"""Tells whether two images, or parts of them, are the same.

    imgforensics compare A B --out=DIR

A and B are PNG, JPEG or TIFF files. Printed are f and its likelihood, the verified score and its
likelihood, and how B lies on A. A_B_KEY.png and A_B_KEY.json in the folder show and tell more; the
key is of the content of both images and of the weights. Weights need their calibration beside
them, see `imgforensics fit_verified`.
"""

import gc

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.printable import printable

ARGUMENTS = ("A", "B")
_MODEL = shared.define_model(which=False)
_OUT = flags.DEFINE_string("out", ".", "Folder that the picture and the record go to.")


def main(argv: list[str]) -> None:
    a, b = argv[1:]
    print(f"comparing {printable(a)} and {printable(b)}", flush=True)
    outputs.check_folder(_OUT.value)
    # What is imported lives to the end: to look for garbage in it takes a third of the time that
    # importing does, and as long again when the process ends.
    gc.disable()
    from imgforensics.comparison import compare, report
    from imgforensics.utils import compilation

    gc.freeze()
    gc.enable()
    compilation.use_cache()
    comparison = compare.compare(a, b, _MODEL.weights.value)
    print("\n".join(report.describe(comparison)))
    written = report.write(comparison, _OUT.value, (a, b))
    print(f"written to {' and '.join(map(printable, written))}")
