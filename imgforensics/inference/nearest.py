"""Exact nearest neighbours by the forensic metric, in memory that doesn't grow with Q x N.

Distances are made a tile at a time: some queries against a block of the index. Features are a
tile's summands and never its innermost axis, so that every loop is over contiguous numbers. Of a
tile only the minima of groups of rows are searched at first: the k nearest lie in the k groups with
the smallest minima, and the rest of a tile is never sorted.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from imgforensics.inference import by_feature
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError

# Sizes of a tile, at most. It fits into a last-level cache and occupies a GPU.
_QUERIES = 64
_GROUPS = 256
_GROUP = 64  # consecutive rows of the index
_LANES = 16  # float32 numbers of the widest vector register; the innermost axis is a multiple
_FEATURES = 8  # added up in one pass over a tile: with their weights they fit into registers


def nearest(
    forensic: Metric,
    queries: jax.Array | np.ndarray,
    index: jax.Array | np.ndarray,
    k: int,
    own: jax.Array | np.ndarray | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Finds the k rows of an index with the smallest f.

    The search is exact: it goes through the whole index, since alpha (equation 1 of the paper) may
    be negative and f is then no metric that bounds could be drawn from. It needs twice the index's
    memory and some ten megabytes. Another shape or k is compiled anew.

    Args:
        forensic: the metric f, of embeddings [D].
        queries: float [Q, D], finite.
        index: float [N, D], finite.
        k: how many neighbours; at most N, or N - 1 with `own`.
        own: int [Q], the row of the index that each query itself is, which is left out: give
            `jnp.arange(N)` to search a collection in itself.

    Returns:
        Distances, float32 [Q, k], in ascending order, and rows of the index, int32 [Q, k]. Of equal
        distances the lower row comes first.

    Raises:
        UserError: there are fewer than k rows to choose from.
    """
    choices = len(index) - (own is not None)
    if not 1 <= k <= choices:
        raise UserError(f"k is {k}: with {choices} images to choose from, take 1 to {choices}")
    if own is None:
        own = jnp.full(len(queries), len(index))
    return _nearest(forensic, queries, index, k, own, jnp.arange(len(index)))


def nearest_of_others(
    forensic: Metric,
    queries: jax.Array | np.ndarray,
    index: jax.Array | np.ndarray,
    k: int,
    labels: jax.Array | np.ndarray,
    index_labels: jax.Array | np.ndarray,
) -> tuple[jax.Array, jax.Array]:
    """Likewise the k nearest of those rows whose label is another than the query's.

    Args:
        forensic, queries, index: as of `nearest`.
        k: at most N.
        labels: int32 [Q], at least 0, such as the number of the document that each is from.
        index_labels: int32 [N]; rows below 0 are left out, so that an index can be filled up.

    Returns:
        As `nearest` does. Where fewer than k rows have another label, the last distances are
        infinite.
    """
    return _nearest(forensic, queries, index, k, labels, index_labels)


@functools.partial(jax.jit, static_argnames="k")
def _nearest(forensic, queries, index, k, own, labels):
    forensic = by_feature.padded(forensic, _FEATURES)
    count, features = len(queries), len(forensic.alpha)
    groups = _even(-(-len(index) // _GROUP), _GROUPS, _LANES)
    blocks = _blocks(_padded(index, 1, features), groups * _GROUP)
    blocks = blocks.reshape(len(blocks), groups, _GROUP, features).transpose(0, 3, 2, 1)
    odd = -len(labels) % (groups * _GROUP)
    labels = jnp.pad(jnp.asarray(labels, jnp.int32), (0, odd), constant_values=-1)
    labels = labels.reshape(len(blocks), groups, _GROUP).transpose(0, 2, 1)
    firsts = groups * _GROUP * jnp.arange(len(blocks))
    size = _even(count, _QUERIES, 1)

    def search(each):
        some, their_own = each
        some = some.T

        def merge(best, of_block):
            block, their_labels, first = of_block
            left_out = (their_labels[:, None] == their_own[:, None]) | (their_labels < 0)[:, None]
            tile = by_feature.distances(
                forensic,
                lambda feature: some[feature][:, None] - block[feature][:, None],
                _FEATURES,
                start=jnp.where(left_out, jnp.inf, 0.0),
            )
            distances, places = _candidates(tile, k)
            return _smallest(
                jnp.concatenate([best[0], distances], axis=1),
                jnp.concatenate([best[1], first + places], axis=1),
                k,
            ), None

        nothing = jnp.full((size, k), jnp.inf), jnp.zeros((size, k), jnp.int32)
        return lax.scan(merge, nothing, (blocks, labels, firsts))[0]

    found = lax.map(search, (_blocks(_padded(queries, 1, features), size), _blocks(own, size)))
    return jax.tree.map(lambda parts: parts.reshape(-1, k)[:count], found)


def _candidates(tile, k):
    """The groups of a tile [R, Q, M] that hold the k smallest distances of each query.

    Returns:
        Distances [Q, C] and their places in the block, in ascending order.
    """
    minima = tile.min(axis=0)
    _, chosen = lax.top_k(-minima, min(k, minima.shape[1]))
    chosen = jnp.sort(chosen)  # in the order of rows, which decides between equal distances
    distances = jnp.take_along_axis(tile, chosen[None], axis=2).transpose(1, 2, 0)
    places = chosen[..., None] * len(tile) + jnp.arange(len(tile))
    return distances.reshape(len(chosen), -1), places.reshape(len(chosen), -1)


def _smallest(distances, rows, k):
    """The k smallest of each query's distances [Q, C], and their rows; ties in the given order."""
    negated, places = lax.top_k(-distances, k)
    return -negated, jnp.take_along_axis(rows, places, axis=1)


def _even(count, most, multiple):
    """A size of blocks, at most `most` and a multiple, that leaves little of the last one empty."""
    blocks = -(-count // most)
    return -(-count // (blocks * multiple)) * multiple


def _padded(array, axis, size):
    """Fills an axis up with zeros."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, size - array.shape[axis])
    return jnp.pad(array, widths)


def _blocks(array, size):
    """Cuts the first axis into blocks, [N, ...] into [ceil(N / size), size, ...]."""
    count = -(-len(array) // size)
    return _padded(array, 0, count * size).reshape(count, size, *array.shape[1:])
