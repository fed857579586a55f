"""Fits what tells pictures from drawings, and judges it on articles that it has not seen."""

import numpy as np
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from experiments.panels import boxed
from experiments.panels.boxed import Boxed
from imgforensics.metrics import intervals
from imgforensics.panels import features
from imgforensics.panels import find as finding
from imgforensics.panels.panel import BLOT, Box
from imgforensics.panels.parts import flat, parts
from imgforensics.panels.pictures import Fitted

FOUND = 0.8  # intersection over union with which a picture is found
_PICTURE, _DRAWN = 0.7, 0.2  # of a part, that pictures cover: more is one, less is none
_GAMMA, _CENTRES, _FREEDOM = 0.05, 200, 3.0  # of the kernels, and of the regression over them


def samples(figure: Boxed) -> tuple[np.ndarray, np.ndarray]:
    """Measures of the parts of a figure, float64 [n, m], and whether each is a picture, bool [n].

    Parts that are half a picture are left out.
    """
    small, scale = finding.reduced(figure.pixels)
    pictures = [Box(*(round(scale * value) for value in box)) for box in figure.pictures]
    tree = parts(small)
    shares = np.array([boxed.covered(part.inside, pictures) for part in flat(tree)])
    clear = (shares <= _DRAWN) | (shares >= _PICTURE)
    return features.measure(small, tree)[clear], shares[clear] >= _PICTURE


def fit(measures: np.ndarray, is_picture: np.ndarray) -> Fitted:
    """A logistic regression over kernels, with both classes of equal weight."""
    scaler = StandardScaler().fit(measures)
    scaled = scaler.transform(measures)
    kernels = Nystroem(gamma=_GAMMA, n_components=min(_CENTRES, len(scaled)), random_state=0)
    regression = LogisticRegression(class_weight="balanced", C=_FREEDOM, max_iter=1000)
    regression.fit(kernels.fit_transform(scaled), is_picture)
    weights = kernels.normalization_.T @ regression.coef_[0]
    return Fitted(
        scaler.mean_, scaler.scale_, kernels.components_, _GAMMA, weights,
        float(regression.intercept_[0]),
    )  # fmt: skip


def by_articles(figures: list[Boxed], folds: int) -> tuple[list[dict[str, int]], Fitted]:
    """What is found of each figure by a fit to the articles of other folds, and a fit to all."""
    names = sorted({figure.document for figure in figures})
    fold = np.array([names.index(figure.document) % folds for figure in figures])
    measured = [samples(figure) for figure in figures]

    def fitted_to(chosen):
        parts_of = [measured[index] for index in np.flatnonzero(chosen)]
        return fit(*(np.concatenate(each) for each in zip(*parts_of)))

    models = [fitted_to(fold != number) for number in range(folds)]
    return [judge(figure, models[number]) for figure, number in zip(figures, fold)], fitted_to(
        fold >= 0
    )


def judge(figure: Boxed, fitted: Fitted) -> dict[str, int]:
    """What is found of a figure, in counts.

    `pictures` there are, of which `found` have a panel of their own and `covered` are compared for
    the most part; of what is `compared`, `drawn` panels show no picture. Of the pictures found
    `blots` are one, `called blots` are said to be one, and `blots called so` are both.
    """
    panels = [panel for panel in finding.find(figure.pixels, fitted) if panel.compared]
    boxes = [panel.box for panel in panels]
    best = {
        picture: max(panels, key=lambda panel: boxed.union(picture, panel.box))
        for picture in figure.pictures
        if any(boxed.union(picture, box) >= FOUND for box in boxes)
    }
    called = {picture for picture, panel in best.items() if panel.kind == BLOT}
    shares = [boxed.covered(picture, boxes) for picture in figure.pictures]
    return {
        "pictures": len(figure.pictures),
        "found": len(best),
        "covered": sum(share >= FOUND for share in shares),
        "compared": len(boxes),
        "drawn": sum(boxed.covered(box, figure.pictures) < _DRAWN for box in boxes),
        "blots": len(best.keys() & figure.blots),
        "called blots": len(called),
        "blots called so": len(called & figure.blots),
    }


def summary(counts: list[dict[str, int]]) -> dict:
    """Totals, and the shares that matter with their 95 % intervals (Wilson).

    `recall of several` is that of the figures that hold more than one picture.
    """
    several = [each for each in counts if each["pictures"] > 1]
    total = {name: sum(each[name] for each in counts) for name in counts[0]}
    total["right"] = total["compared"] - total["drawn"]
    of_several = {name: sum(each[name] for each in several) for name in ("found", "pictures")}
    return {
        "figures": len(counts),
        "figures with pictures": sum(each["pictures"] > 0 for each in counts),
        "figures with several": len(several),
        **total,
        "recall": _share(total["found"], total["pictures"]),
        "recall of several": _share(of_several["found"], of_several["pictures"]),
        "coverage": _share(total["covered"], total["pictures"]),
        "precision": _share(total["right"], total["compared"]),
        "recall of blots": _share(total["blots called so"], total["blots"]),
        "precision of blots": _share(total["blots called so"], total["called blots"]),
    }


def _share(part, whole) -> dict | None:
    if not whole:
        return None
    low, high = intervals.wilson(part, whole)
    return {"value": part / whole, "interval": [low, high]}
