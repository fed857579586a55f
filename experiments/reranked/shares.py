"""The share of copies that is found where few other pairs pass, resampled for its interval.

A bootstrap replicate draws source images. All systems are judged in the same replicates, so that
what one finds more than another has an interval, too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.metrics import intervals

_AHEAD = 10  # times as many of the nearest negatives as pass: a replicate's threshold is among them
_LEVELS = (2.5, 97.5)  # percentiles
_ROUNDING = 1 + 1e-9  # a rate of a whole number of pairs lets them all pass


class Negatives(NamedTuple):
    """Pairs of different images, one of which stands for several or for a part.

    Attributes:
        first, second: int [M], the group that a replicate draws either image with; where they are
            the same, a pair comes as often as its group, and else as often as both together.
        weights: float [M].
    """

    first: np.ndarray
    second: np.ndarray
    weights: np.ndarray


def drawn(groups: np.ndarray) -> np.ndarray:
    """How often each group is in the sample itself, and then in each replicate: [1 + R, G]."""
    several = intervals.multiplicities(groups.max() + 1)
    return np.concatenate([np.ones_like(several[:1]), several])


def found(
    copies: np.ndarray,
    groups: np.ndarray,
    others: np.ndarray,
    of: Negatives,
    rates: Sequence[float],
) -> np.ndarray:
    """The share of copies that are nearer than all but some negatives.

    Args:
        copies: float [N], scores of copies; of equal ones the negatives come first.
        groups: int [N], that these are drawn with.
        others: float [M], scores of the negatives.
        of: these negatives.
        rates: of them that may be nearer.

    Returns:
        float [len(rates), 1 + R], of the sample and of the replicates.
    """
    often = drawn(groups)
    order = np.argsort(others, kind="stable")
    within = np.cumsum(of.weights[order])
    some = order[: 1 + np.searchsorted(within, _AHEAD * max(rates) * within[-1])]
    scores, first, second = others[some], of.first[some], of.second[some]
    alike = first == second
    shares = np.zeros((len(rates), len(often)))
    for number, (times, total) in enumerate(zip(often, _totals(of, often))):
        weights = of.weights[some] * times[first] * np.where(alike, 1, times[second])
        places = np.searchsorted(
            np.cumsum(weights), np.array(rates) * total * _ROUNDING, side="right"
        )
        limits = scores[np.minimum(places, len(scores) - 1)]
        shares[:, number] = np.average(copies < limits[:, None], axis=1, weights=times[groups])
    return shares


def told(shares: np.ndarray, beside: np.ndarray, count: int) -> dict:
    """A share with its interval, and what it is more than another one: plain values.

    Args:
        shares, beside: float [1 + R], from `found`.
        count: of copies.
    """
    value, more = float(shares[0]), shares - beside
    return {
        "share": value,
        "interval": intervals.of_replicates(shares[1:], value, count),
        "gain": float(more[0]),
        "gain_interval": [float(end) for end in np.percentile(more[1:], _LEVELS)],
    }


def _totals(of, often):
    """The weight of all pairs in each replicate, float [1 + R]."""
    size = often.shape[1]
    pairs = np.bincount(of.first * size + of.second, of.weights, size**2).reshape(size, size)
    return ((often @ pairs) * often).sum(axis=1) + (often - often**2) @ np.diag(pairs)
