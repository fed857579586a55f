"""How many plants stand among the first rows, and how many false rows before them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.planted.manuscripts import Place, Truth
from imgforensics.metrics import intervals

MAX_FALSE = 20  # rows per 1000 figures


class Found(NamedTuple):
    """A row: two places, the better the smaller the score."""

    a: Place
    b: Place
    score: float


def judged(rows: Sequence[Found], truth: Truth) -> dict:
    """What is found with at most `MAX_FALSE` false rows per 1000 figures.

    A row finds a plant if the middles of its boxes lie in the panels of the original and of the
    copy. It is false if it finds none; rows of one plant beyond the first count for nothing.

    Args:
        rows: in any order. Of equal scores the false ones come first.
        truth: what was planted.

    Returns:
        Plain values: counts, and the recall with its 95 % interval (Wilson) in all and of each
        kind.
    """
    hits = np.array([_plant(row, truth) for row in rows], int)
    scores = np.array([row.score for row in rows])
    order = np.lexsort([hits >= 0, scores])
    false = np.cumsum(hits[order] < 0)
    allowed = int(MAX_FALSE * truth.figures / 1000)
    kept = order[false <= allowed]
    found = set(hits[kept].tolist()) - {-1}
    kinds = [plant.kind for plant in truth.plants]
    each = {
        kind: _share([number in found for number, one in enumerate(kinds) if one == kind])
        for kind in dict.fromkeys(kinds)
    }
    everywhere = set(hits.tolist()) - {-1}
    return {
        "all": _share([number in found for number in range(len(kinds))]),
        "of each kind": each,
        "false rows": int((hits[kept] < 0).sum()),
        "rows": len(rows),
        "false rows in all": int((hits < 0).sum()),
        "found in all rows": len(everywhere),
    }


def _share(hit: Sequence[bool]) -> dict:
    low, high = intervals.wilson(sum(hit), len(hit))
    return {"found": int(sum(hit)), "plants": len(hit), "interval": [low, high]}


def _plant(row: Found, truth: Truth) -> int:
    """The number of the plant that a row finds, or -1."""
    for number, plant in enumerate(truth.plants):
        for one, other in ((row.a, row.b), (row.b, row.a)):
            if _inside(one, plant.original) and _inside(other, plant.copy):
                return number
    return -1


def _inside(place: Place, panel: Place) -> bool:
    """Whether the middle of a place is in a panel."""
    if place[:2] != panel[:2]:
        return False
    x, y = np.add(place.box[:2], place.box[2:]) / 2
    x0, y0, x1, y1 = panel.box
    return bool(x0 <= x <= x1 and y0 <= y <= y1)
