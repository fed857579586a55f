"""Fits what tells the pictures of a figure from its drawings, and judges how panels are found.

Reads the articles whose figures stand in experiments/panels/boxes.json. Each is judged by a fit to
the others; what is shipped is fitted to all, and judged on the figures of other articles, which
were boxed before any program had seen them: those of experiments/panels/unseen.json were looked at
when earlier versions were made, those of fresh.json were not.

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
_FRESH = flags.DEFINE_string(
    "fresh", "experiments/panels/fresh.json", "Likewise, of articles that no version was made on."
)
_FITTED = flags.DEFINE_string("fitted", "imgforensics/panels/pictures.json", "Where the fit goes.")
_OUT = flags.DEFINE_string("out", "experiments/panels/judged.json", "Where the judgement goes.")
FOLDS = 5  # of the articles


def main(_):
    """Fits and judges."""
    records = [_BOXES.value, _UNSEEN.value, _FRESH.value]
    read = list(boxed.figures(_DOCUMENTS.value, *records))
    figures, unseen, fresh = (
        [figure for figure in read if figure.record == record] for record in records
    )
    for record, found in zip(records, (figures, unseen, fresh)):
        if not found:
            raise UserError(f"none of the figures in {record} is in {_DOCUMENTS.value}")
    counts, shipped = fit.by_articles(figures, FOLDS)
    _write(
        _FITTED.value, {name: np.asarray(each).tolist() for name, each in shipped._asdict().items()}
    )
    others = [[fit.judge(figure, shipped) for figure in each] for each in (unseen, fresh)]
    found = {
        "folds": {"articles": len({each.document for each in figures}), **fit.summary(counts)},
        "unseen": _of_others(unseen, others[0]),
        "fresh": _of_others(fresh, others[1]),
    }
    _write(_OUT.value, found)
    print(json.dumps(found, indent=1))
    for figure, count in zip(figures + unseen + fresh, counts + others[0] + others[1]):
        if count["found"] < count["pictures"] or count["drawn"]:
            print(figure.document, figure.pixels.shape, count)


def _of_others(figures, counts) -> dict:
    return {"documents": len({each.document for each in figures}), **fit.summary(counts)}


def _write(path, values):
    with atomic.writing(pathlib.Path(path)) as file:
        file.write(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    cli.run(main)
