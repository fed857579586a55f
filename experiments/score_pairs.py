"""Scores pairs of images for re-use.

    python -m experiments.score_pairs --weights=W --root=DIR --pairs=pairs.csv --out=scores.csv

W is a training run's folder or an exported weights file. `pairs.csv` has columns `a` and `b`, paths
below DIR; further columns are kept. `scores.csv` has the same rows in the same order, and two more
columns: `f`, below 1 where two images are judged to be copies (equation 1 of the paper), and
`likelihood` = sigmoid(1 - f). An existing file is replaced once the new one is complete.

Every image is read and embedded once, by the running moments of the anchor's branch, so that f of
an image and itself is 0 and the order of a pair doesn't matter. An image of another size than the
network's input is cut to its largest central square and resized with anti-aliasing.
"""

from absl import flags

from imgforensics.utils import cli

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_ROOT = flags.DEFINE_string("root", None, "Folder that the paths start from.", required=True)
_PAIRS = flags.DEFINE_string("pairs", None, "CSV file with columns a and b.", required=True)
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"scoring {_PAIRS.value}", flush=True)
    from imgforensics.comparison import pairs
    from imgforensics.inference import weights
    from imgforensics.utils import compilation

    compilation.use_cache()
    images = pairs.images_of(_PAIRS.value, _ROOT.value)
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    count = pairs.score(model, images, _PAIRS.value, _OUT.value)
    print(f"written to {_OUT.value}: {count} pairs of {len(images)} images")


if __name__ == "__main__":
    cli.run(main)
