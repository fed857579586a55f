"""f with local matches: a score between f and the verified one, at a hundredth of its cost."""

from collections.abc import Callable, Iterable

import numpy as np

from imgforensics.verification import gate

# A logistic regression of validation pairs (V01 and V02) on f and the logarithm, in units of f.
_WEIGHT, _UNIT, _OFFSET = 0.63, 0.1, 0.99
_AT_ONCE = 64  # candidates of a query, at most, in one call

Mapped = Callable[..., Iterable[gate.Votes]]  # as `map`, of which calls may run side by side


def scores(
    descriptions: np.ndarray, pairs: np.ndarray, f: np.ndarray, mapped: Mapped = map
) -> np.ndarray:
    """f, less what keypoints speak for a pair: f + offset - weight log(1 + support / unit).

    Args:
        descriptions: `gate.DESCRIPTION` [n].
        pairs: int [m, 2], numbers of images.
        f: float [m].
        mapped: calls `gate.votes`; `map`, or that of a pool of processes.

    Returns:
        float [m], at most 1 for copies, as f is. The order of a pair doesn't matter.
    """
    pairs = np.asarray(pairs).reshape(-1, 2)
    support = np.zeros((2, len(pairs)))
    parts = [
        (way, query, rows)
        for way, (queries, _) in enumerate((pairs.T, pairs.T[::-1]))
        for query, rows in _groups(queries)
    ]
    found = mapped(
        gate.votes,
        (descriptions[query] for _, query, _ in parts),
        (descriptions[pairs[rows, 1 - way]] for way, _, rows in parts),
    )
    for (way, _, rows), votes in zip(parts, found, strict=True):
        support[way, rows] = votes.support
    return f + _OFFSET - _WEIGHT * np.log1p(support.mean(0) / _UNIT)


def _groups(queries: np.ndarray) -> Iterable[tuple[int, np.ndarray]]:
    """Each query with the rows in which it is one, in so many parts that no part is large."""
    order = np.argsort(queries, kind="stable")
    used, starts = np.unique(queries[order], return_index=True)
    for query, rows in zip(used, np.split(order, starts[1:])):
        for start in range(0, len(rows), _AT_ONCE):
            yield query, rows[start : start + _AT_ONCE]
