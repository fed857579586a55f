"""f with local matches: a score between f and the verified one, at a hundredth of its cost."""

import numpy as np

from imgforensics.verification import gate

# Fitted to validation pairs, see docs/verification.md.
_WEIGHT, _UNIT, _OFFSET = 1.0, 0.1, 1.0


def scores(descriptions: np.ndarray, pairs: np.ndarray, f: np.ndarray) -> np.ndarray:
    """f, less what keypoints speak for a pair: f + offset - weight log(1 + support / unit).

    Args:
        descriptions: `gate.DESCRIPTION` [n].
        pairs: int [m, 2], numbers of images.
        f: float [m].

    Returns:
        float [m], at most 1 for copies, as f is. The order of a pair doesn't matter.
    """
    pairs = np.asarray(pairs).reshape(-1, 2)
    support = (_support(descriptions, *way.T) for way in (pairs, pairs[:, ::-1]))
    return f + _OFFSET - _WEIGHT * np.log1p(sum(support) / 2 / _UNIT)


def _support(descriptions, queries, candidates) -> np.ndarray:
    """What keypoints speak for each pair, float [m]; each query is compared with all of its own."""
    found = np.zeros(len(queries))
    for query in np.unique(queries):
        rows = np.flatnonzero(queries == query)
        found[rows] = gate.votes(descriptions[query], descriptions[candidates[rows]]).support
    return found
