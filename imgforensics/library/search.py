"""The nearest rows of an index that lies on disk, exactly, in memory that it does not fill."""

import mmap
from collections.abc import Callable

import jax
import numpy as np

from imgforensics.inference.nearest import nearest_of_others
from imgforensics.models.metric import Metric
from imgforensics.utils import ahead

# In one call: the largest of these that are filled, and for the rest the smallest one that holds
# it, unless more than a third of that would be empty; so few programs are compiled, and little is
# computed for nothing.
_QUERIES, _ROWS = (64, 128, 256, 512, 1024), (1024, 8192, 65536)
_MOST = 1.5  # of such a size, as many times the rest
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
        index: float32 [N, D], may be memory-mapped as a whole; some ten megabytes of it are held at
            a time.
        index_labels: int [N], at least 0.
        k: how many.
        advance: is told how many pairs were just compared.

    Returns:
        f, float32 [Q, k], in ascending order, infinite where there are fewer rows, and the rows,
        int64 [Q, k].
    """
    found = np.full((len(queries), k), np.inf, np.float32), np.zeros((len(queries), k), np.int64)
    parts = [
        (some, first)
        for first in _pieces(len(index), _ROWS)
        for some in _pieces(len(queries), _QUERIES)
    ]

    def search(part):
        (some, height), (first, width) = part
        f, rows = nearest_of_others(
            forensic,
            _filled(queries[some : some + height], height, 0),
            _filled(index[first : first + width], width, 0),
            min(k, width),
            _filled(labels[some : some + height].astype(np.int32), height, 0),
            _filled(index_labels[first : first + width].astype(np.int32), width, -1),
        )
        return jax.device_get((f, rows))

    for part, (f, rows) in zip(parts, ahead.in_order(search, parts, _CALLS)):
        (some, height), (first, width) = part
        block = slice(some, min(some + height, len(queries)))
        count = block.stop - some
        joined = np.concatenate([found[0][block], f[:count]], axis=1)
        numbers = np.concatenate([found[1][block], first + rows[:count].astype(np.int64)], axis=1)
        order = np.argsort(joined, axis=1, kind="stable")[:, :k]
        found[0][block] = np.take_along_axis(joined, order, axis=1)
        found[1][block] = np.take_along_axis(numbers, order, axis=1)
        _give_back(index)
        advance(count * min(width, len(index) - first))
    return found


def _give_back(index: np.ndarray) -> None:
    """Takes the pages of a mapped file out of this process; those still in use come back.

    Else all of the file would count as memory of this process in the end, for whoever limits that.
    """
    if isinstance(index.base, mmap.mmap):
        index.base.madvise(mmap.MADV_DONTNEED)


def _pieces(count: int, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """The start of each piece and how many it may hold."""
    pieces, start = [], 0
    while rest := max(0, count - start):
        holds = [size for size in sizes if size >= rest]
        filled = [size for size in sizes if size < rest]
        size = holds[0] if holds and (holds[0] <= _MOST * rest or not filled) else filled[-1]
        pieces.append((start, size))
        start += size
    return pieces


def _filled(array, size, value):
    """[n, ...] as [size, ...]."""
    if len(array) == size:
        return array
    widths = [(0, size - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, widths, constant_values=value)
