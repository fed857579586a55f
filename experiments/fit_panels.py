"""Fits what tells the pictures of a figure from its drawings, and judges how panels are found.

Reads the articles whose figures stand in experiments/panels/boxes.json. Each is judged by a fit to
the others; what is shipped is fitted to all, and judged on the figures of other articles, which
were boxed before any program had seen them (experiments/panels/unseen.json).

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
_UNSEEN = flags.DEFINE_string(
    "unseen", "experiments/panels/unseen.json", "What was boxed of articles that aren't fitted to."
)
_FITTED = flags.DEFINE_string("fitted", "imgforensics/panels/pictures.json", "Where the fit goes.")
_OUT = flags.DEFINE_string("out", "experiments/panels/judged.json", "Where the judgement goes.")
FOLDS = 5  # of the articles


def main(_):
    """Fits and judges."""
    both = list(boxed.figures(_DOCUMENTS.value, _BOXES.value, _UNSEEN.value))
    figures = [figure for figure in both if figure.record == _BOXES.value]
    unseen = [figure for figure in both if figure.record == _UNSEEN.value]
    for record, found in ((_BOXES.value, figures), (_UNSEEN.value, unseen)):
        if not found:
            raise UserError(f"none of the figures in {record} is in {_DOCUMENTS.value}")
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
    others = [fit.judge(figure, shipped) for figure in unseen]
    found = {
        "folds": {"articles": len(names), **fit.summary(counts)},
        "unseen": {"documents": len({each.document for each in unseen}), **fit.summary(others)},
    }
    _write(_OUT.value, found)
    print(json.dumps(found, indent=1))
    for figure, count in zip(figures + unseen, counts + others):
        if count["found"] < count["pictures"] or count["drawn"]:
            print(figure.document, figure.pixels.shape, count)


def _write(path, values):
    with atomic.writing(pathlib.Path(path)) as file:
        file.write(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    cli.run(main)
