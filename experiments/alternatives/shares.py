"""How many copies of each single manipulation are found at one rate of false positives."""

import numpy as np

from imgforensics.metrics import intervals
from imgforensics.testsets.pair_sets import NEGATIVES, PairSet
from imgforensics.testsets.single import RATE


def shares(distances: np.ndarray, pairs: PairSet, weights: np.ndarray) -> dict:
    """How many copies of each group are found, at one threshold for all.

    It is the largest that at most 1 % of the random negatives don't exceed.

    Args:
        distances: float [m].
        pairs: the set, with groups.
        weights: float [R, m], of the pairs in bootstrap replicates over source images, which take
            the threshold as given.

    Returns:
        For each manipulation a list of its points in order: `strength`, `share` of copies at or
        below the threshold, and its `interval`. Nothing if there are fewer than a hundred
        negatives. Plain values.
    """
    others = np.sort(distances[pairs.kind == NEGATIVES[0]])
    if len(others) * RATE < 1:
        return {}
    threshold = np.nextafter(others[int(len(others) * RATE)], -np.inf)
    found = distances <= threshold
    points = {}
    for group in dict.fromkeys(pairs.group[pairs.is_copy]):
        manipulation, _, strength = group.rpartition(" ")
        which = pairs.group == group
        share, several = float(found[which].mean()), weights[:, which]
        with np.errstate(invalid="ignore"):
            replicates = several @ found[which] / several.sum(1)
        points.setdefault(manipulation, []).append(
            {
                "strength": float(strength),
                "share": share,
                "interval": intervals.of_replicates(replicates, share, int(which.sum())),
            }
        )
    return points
