"""The nearest rows of an index that lies on disk, exactly, in memory that it does not fill."""

from collections.abc import Callable

import jax
import numpy as np

from imgforensics.inference.nearest import nearest_of_others
from imgforensics.models.metric import Metric
from imgforensics.utils import ahead

# In one call: the smallest of these that is enough, or the largest; so few programs are compiled.
_QUERIES, _ROWS = (128, 1024), (1024, 8192, 65536)
_CALLS = 2  # at once: while one is sorted, the other one adds


def nearest(
    forensic: Metric,
    queries: np.ndarray,
    labels: np.ndarray,
    index: np.ndarray,
    index_labels: np.ndarray,
    k: int,
    advance: Callable[[int], object] = lambda pairs: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the k rows of an index with the smallest f to each query, of other labels than its own.

    Args:
        forensic: the metric f, of embeddings [D].
        queries: float32 [Q, D].
        labels: int [Q], at least 0.
        index: float32 [N, D], may be memory-mapped; some ten megabytes of it are held at a time.
        index_labels: int [N], at least 0.
        k: how many.
        advance: is told how many pairs were just compared.

    Returns:
        f, float32 [Q, k], in ascending order, infinite where there are fewer rows, and the rows,
        int64 [Q, k].
    """
    found = np.full((len(queries), k), np.inf, np.float32), np.zeros((len(queries), k), np.int64)
    height, width = _size(len(queries), _QUERIES), _size(len(index), _ROWS)
    parts = [
        (some, first)
        for first in range(0, len(index), width)
        for some in range(0, len(queries), height)
    ]

    def search(part):
        some, first = part
        f, rows = nearest_of_others(
            forensic,
            _filled(queries[some : some + height], height, 0),
            _filled(index[first : first + width], width, 0),
            min(k, width),
            _filled(labels[some : some + height].astype(np.int32), height, 0),
            _filled(index_labels[first : first + width].astype(np.int32), width, -1),
        )
        return jax.device_get((f, rows))

    for (some, first), (f, rows) in zip(parts, ahead.in_order(search, parts, _CALLS)):
        block = slice(some, min(some + height, len(queries)))
        count = block.stop - some
        joined = np.concatenate([found[0][block], f[:count]], axis=1)
        numbers = np.concatenate([found[1][block], first + rows[:count].astype(np.int64)], axis=1)
        order = np.argsort(joined, axis=1, kind="stable")[:, :k]
        found[0][block] = np.take_along_axis(joined, order, axis=1)
        found[1][block] = np.take_along_axis(numbers, order, axis=1)
        advance(count * min(width, len(index) - first))
    return found


def _size(count: int, sizes: tuple[int, ...]) -> int:
    return next((size for size in sizes if size >= count), sizes[-1])


def _filled(array, size, value):
    """[n, ...] as [size, ...]."""
    widths = [(0, size - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, widths, constant_values=value)
