"""Measures how well heat maps of pairs show what matters: erases it, and looks at f.

    imgforensics erasure --out=DIR/erasure.json
    imgforensics erasure --real=FOLDER --out=DIR/erasure.json

FOLDER holds classes of re-used images, by default the embedded cases. The record says for each way
of making maps, and for the square of most contrast, how often the square that it names matters more
than another square of the image, with intervals by a bootstrap over classes: a half, by chance.
`alike` is of what makes f of copies small, `different` of what makes f of different images large.
An existing file is replaced.
"""

import contextlib

from absl import flags

from imgforensics.commands import shared

_MODEL = shared.define_model()
_REAL = flags.DEFINE_string("real", None, "Folder of classes; by default the embedded cases.")
_SIDE = flags.DEFINE_integer("side", 32, "Pixels of a square.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"judging heat maps of {_MODEL.name}", flush=True)
    from imgforensics.data import real_cases
    from imgforensics.evaluation import results
    from imgforensics.explain import erasure, gradcam
    from imgforensics.utils import compilation, temporary

    compilation.use_cache()
    model = _MODEL.read()
    with contextlib.ExitStack() as stack:
        folder = _REAL.value
        if folder is None:
            folder = str(stack.enter_context(temporary.folder()))
            real_cases.write(folder)
        cases = real_cases.read_cases(folder, model.config.manipulations.output_size)
    measured: dict = {"folder": _REAL.value, "cases": cases.summary}
    for of in (gradcam.ALIKE, gradcam.DIFFERENT):
        measured[of] = erasure.protocol(model, cases, of, _SIDE.value)
        print("\n".join(erasure.describe(of, measured[of])), flush=True)
    results.write(_MODEL.record(model, erasure=measured), _OUT.value)
    print(f"written to {_OUT.value}")
