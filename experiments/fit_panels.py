"""Fits what tells the pictures of a figure from its drawings, and judges how panels are found.

Reads the articles whose figures stand in experiments/panels/boxes.json. Each is judged by a fit to
the others; what is shipped is fitted to all.

    python -m experiments.fit_panels --documents=ARTICLES
"""

import json
import pathlib

import numpy as np
from absl import flags

from experiments.panels import boxed, fit
from imgforensics.utils import atomic, cli
from imgforensics.utils.errors import UserError

_DOCUMENTS = flags.DEFINE_string("documents", None, "Folder of the articles.")
_BOXES = flags.DEFINE_string("boxes", "experiments/panels/boxes.json", "What a person has boxed.")
_FITTED = flags.DEFINE_string("fitted", "imgforensics/panels/pictures.json", "Where the fit goes.")
_OUT = flags.DEFINE_string("out", "experiments/panels/judged.json", "Where the judgement goes.")
FOLDS = 5  # of the articles


def main(_):
    """Fits and judges."""
    figures = list(boxed.figures(_DOCUMENTS.value, _BOXES.value))
    if not figures:
        raise UserError(f"none of the figures in {_BOXES.value} is in {_DOCUMENTS.value}")
    names = sorted({figure.document for figure in figures})
    folds = np.array([names.index(figure.document) % FOLDS for figure in figures])
    measured = [fit.samples(figure) for figure in figures]

    def fitted_to(chosen):
        parts = [measured[index] for index in np.flatnonzero(chosen)]
        return fit.fit(*(np.concatenate(each) for each in zip(*parts)))

    models = [fitted_to(folds != fold) for fold in range(FOLDS)]
    counts = [fit.judge(figure, models[fold]) for figure, fold in zip(figures, folds)]
    shipped = fitted_to(folds >= 0)
    _write(
        _FITTED.value, {name: np.asarray(each).tolist() for name, each in shipped._asdict().items()}
    )
    found = {"articles": len(names), **fit.summary(counts)}
    _write(_OUT.value, found)
    print(json.dumps(found, indent=1))
    for figure, count in zip(figures, counts):
        if count["found"] < count["pictures"] or count["drawn"]:
            print(figure.document, figure.pixels.shape, count)


def _write(path, values):
    with atomic.writing(pathlib.Path(path)) as file:
        file.write(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    cli.run(main)
