"""Draws the figures of the paper, and some more, from saved results: each as PNG and SVG.

    imgforensics figures --weights=W --evaluation=E --robustness=R --out=DIR
    imgforensics figures --weights=W --out=DIR --figures=training,alpha

Without --figures all are drawn that there are inputs for:

    deformations            Figure 2 of the paper: one image and what the manipulations make of it
    real_runs     E         Figure 3: the real protocol, class by class
    pairs         E         Figure 4: pairs of images with predictions
    projection    W         Figure 5: 1024 embeddings in the plane of two principal components
    training      W         loss and accuracy during training, with the paper's two checkpoints
    alpha         W         the weights of the metric
    roc           E         ROC curves for each kind of negative pairs
    reliability   E         how often pairs of a likelihood are copies
    robustness    R         accuracy against the strength of single manipulations

W is a training run's folder (or, but for training, an exported weights file), E a record of
`imgforensics evaluate` and R one of `imgforensics robustness`. If the micrographs have moved since,
--source and --folder say where they are. --procedural draws a contact sheet of the procedural
micrographs, too.
"""

import pathlib

from absl import flags

_WEIGHTS = flags.DEFINE_string("weights", None, "A training run's folder or weights file.")
_EVALUATION = flags.DEFINE_string("evaluation", None, "Record of `imgforensics evaluate`.")
_ROBUSTNESS = flags.DEFINE_string("robustness", None, "Record of `imgforensics robustness`.")
_SOURCE = flags.DEFINE_string("source", None, "Source of the micrographs, if it is another now.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of the micrographs, if it is another now.")
_FIGURES = flags.DEFINE_list("figures", None, "Some of them.")
_PROCEDURAL = flags.DEFINE_boolean("procedural", False, "Whether to draw the contact sheet.")
_OUT = flags.DEFINE_string("out", None, "Folder that the pictures go to.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"drawing to {_OUT.value}", flush=True)
    from imgforensics.reports.figures import every
    from imgforensics.utils import compilation

    compilation.use_cache()
    folder = pathlib.Path(_OUT.value)
    inputs = every.Inputs(
        weights=_WEIGHTS.value,
        evaluation=_EVALUATION.value,
        robustness=_ROBUSTNESS.value,
        source=_SOURCE.value,
        folder=_FOLDER.value,
    )
    names, missing = every.choose(_FIGURES.value, inputs)
    for name in names:
        every.draw(name, inputs, folder)
        print(f"drawn: {folder / name}.png and .svg", flush=True)
    for name, needed in missing.items():
        print(f"left out: {name}, which needs {needed}")
    if _PROCEDURAL.value:
        _contact_sheet(folder / "procedural.png")


def _contact_sheet(path):
    from imgforensics.data import procedural
    from imgforensics.reports.figures.contact_sheet import contact_sheet

    contact_sheet(procedural.generate(2 * len(procedural.PAINTERS)), path)
    print(f"drawn: {path}")
