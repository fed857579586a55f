"""Measures how well heat maps of pairs show what matters: erases it, and looks at f.

    python -m experiments.erasure --weights=W --out=DIR/erasure.json
    python -m experiments.erasure --weights=W --real=FOLDER --out=DIR/erasure.json

W is a training run's folder or an exported weights file; FOLDER holds classes of re-used images, by
default the embedded cases. The record says for each way of making maps, and for the square of most
contrast, how often the square that it names matters more than another square of the image, with
intervals by a bootstrap over classes: a half, by chance. `alike` is of what makes f of copies
small, `different` of what makes f of different images large. An existing file is replaced.
"""

import contextlib
import pathlib
import tempfile

from absl import flags

from imgforensics.utils import cli

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_REAL = flags.DEFINE_string("real", None, "Folder of classes; by default the embedded cases.")
_SIDE = flags.DEFINE_integer("side", 32, "Pixels of a square.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"judging heat maps of {_WEIGHTS.value}", flush=True)
    from imgforensics.data import real_cases
    from imgforensics.evaluation import results
    from imgforensics.explain import erasure, gradcam
    from imgforensics.inference import weights
    from imgforensics.utils import compilation

    compilation.use_cache()
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    with contextlib.ExitStack() as stack:
        folder = _REAL.value
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            real_cases.write(folder)
        cases = real_cases.read_cases(folder, model.config.manipulations.output_size)
    measured = {"folder": _REAL.value, "cases": cases.summary}
    for of in (gradcam.ALIKE, gradcam.DIFFERENT):
        measured[of] = erasure.protocol(model, cases, of, _SIDE.value)
        print("\n".join(erasure.describe(of, measured[of])), flush=True)
    which = _WHICH.value if pathlib.Path(_WEIGHTS.value).is_dir() else None
    results.write(results.record(model, _WEIGHTS.value, which, erasure=measured), _OUT.value)
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
