"""All pairs of a set of embeddings: counted by their f, ranked, or listed, and never held at once.

Pairs are scored a tile at a time, some first images against some second ones. Features are a tile's
summands and never its innermost axis, so that every loop is over contiguous numbers. Counts are
exact integers, summed on the device over one row of tiles and on the host beyond.
"""

import collections
import functools
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tqdm
from jax import lax

from imgforensics.inference import by_feature
from imgforensics.metrics import intervals, reliability
from imgforensics.metrics.ranking import check_finite
from imgforensics.models import metric

_TILE = 2**16  # pairs or few more; with what is made of them they stay in a core's own cache
_ROWS = (8, 256)  # of a tile, at least and at most
_LANES = 16  # numbers of the widest vector register; the innermost axis is a multiple
_FEATURES = 16  # added up in one pass over a tile
_BOOTSTRAP = 512  # edges
_AHEAD = 2  # rows of tiles that are under way; each device call has a core of its own


class Layout(NamedTuple):
    """Embeddings as the tiles are cut from them, from `arrange`: in the order of their groups.

    Attributes:
        forensic: the metric, with alpha float32 [D'] filled up with zeros.
        first, seconds: float32 [D', N'] of the first images, and for each view of the second ones.
        keys: int32 [L, N'].
        groups: int32 [N'], which are resampled together.
        order: int [N], the original number of each image.
        starts, stops: int [T], the first images of each row of tiles; all are of one group.
        tile: first and second images of a tile.
        symmetric: whether the pair of i and j is that of j and i.
    """

    forensic: metric.Metric
    first: jax.Array
    seconds: tuple[jax.Array, ...]
    keys: jax.Array
    groups: jax.Array
    order: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    tile: tuple[int, int]
    symmetric: bool


class Counts(NamedTuple):
    """How many pairs of each kind have an f in (edges[b - 1], edges[b]], b = 0, ..., E.

    Attributes:
        edges: float32 [E], ascending.
        pairs: int64 [K, E + 1].
        replicates: float32 [R, K, E + 1], the weighted pairs of each bootstrap replicate; R is 0
            where there was no bootstrap.
        minima: float32 [T, blocks], the smallest f of each tile; infinite where it has no pair.
    """

    edges: np.ndarray
    pairs: np.ndarray
    replicates: np.ndarray
    minima: np.ndarray


def arrange(
    forensic: metric.Metric,
    first: np.ndarray,
    seconds: Sequence[np.ndarray] | None,
    keys: Sequence[np.ndarray],
    units: np.ndarray,
) -> Layout:
    """Prepares the pairs of all first with all second images, or of a set's images with each other.

    Args:
        forensic: the metric.
        first: float [N, D], the embeddings of the first images.
        seconds: float [N, D] for each view of the second images (see `metric.joint`); None if the
            second images are the first ones, and each two of them are one pair.
        keys: L arrays [N], each a property of images. A pair is of kind k if the two images have
            the same keys[k] and no earlier one of their keys is the same, and of kind L if no key
            is. First and second images of one number have the same keys.
        units: [N], the source image of each image: what the bootstrap draws.

    Raises:
        UserError: numbers of an embedding are not finite.
    """
    symmetric = seconds is None
    views = () if seconds is None else seconds
    for which in (first, *views):
        check_finite(which, "embeddings")
    groups = intervals.groups(units)
    count, order = len(first), np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    rows = _rows(sizes)
    width = min(_TILE // rows, count + rows) // _LANES * _LANES + _LANES
    length = -(-(count + rows) // width) * width
    starts, stops = _limits(sizes, rows)

    def columns(values):
        padded = np.zeros((length, *values.shape[1:]), values.dtype)
        padded[:count] = values[order]
        return jnp.asarray(np.moveaxis(padded, 0, -1))

    def features(embeddings):
        odd = -embeddings.shape[1] % _FEATURES
        return columns(np.pad(np.asarray(embeddings, np.float32), ((0, 0), (0, odd))))

    keys = [np.unique(key, return_inverse=True)[1] for key in keys]
    return Layout(
        forensic=by_feature.padded(forensic, _FEATURES),
        first=features(first),
        seconds=tuple(map(features, views)),
        keys=columns(np.array(keys, np.int32).reshape(len(keys), count).T),
        groups=columns(groups.astype(np.int32)),
        order=order,
        starts=starts,
        stops=stops,
        tile=(rows, width),
        symmetric=symmetric,
    )


def some(edges: np.ndarray) -> np.ndarray:
    """At most 512 of ascending edges, evenly chosen, and 1: as many as a bootstrap can do with."""
    chosen = np.linspace(0, len(edges) - 1, min(len(edges), _BOOTSTRAP)).round().astype(int)
    return np.union1d(edges[chosen], np.ones(1, edges.dtype))


def count(layout: Layout, edges: np.ndarray, bootstrap: bool) -> Counts:
    """Counts all pairs by their f, and once more for each replicate of a bootstrap.

    A replicate draws as many groups of source images as there are, with replacement. A pair of two
    groups weighs the product of how often they were drawn, a pair within a group as often as it
    was. With a bootstrap, memory and time grow with the edges: see `some`.

    Args:
        layout: from `arrange`, of fewer than eight million images.
        edges: float32 [E], ascending.
        bootstrap: whether to make replicates.
    """
    bounds, kinds = jnp.asarray(edges, jnp.float32), len(layout.keys) + 1
    groups = layout.groups if bootstrap else jnp.zeros_like(layout.groups)
    sizes = (kinds, int(groups.max()) + 1, len(bounds) + 1)
    pairs, minima, ahead = np.zeros((kinds, len(bounds) + 1), np.int64), [], collections.deque()
    drawn = jnp.asarray(
        intervals.multiplicities(sizes[1]) if bootstrap else np.zeros((0, sizes[1])), jnp.float32
    )
    replicates = jnp.zeros((len(drawn), *pairs.shape))

    def collect(number, smallest):
        pairs[:] += np.asarray(number)
        minima.append(np.asarray(smallest))

    for start, stop in _shown(layout, "counting pairs"):
        of_groups, *totals = _count(
            *layout[:4], groups, bounds, start, stop, len(layout.order), layout.tile,
            layout.symmetric, sizes,
        )  # fmt: skip
        if bootstrap:
            replicates = _resample(replicates, drawn, groups[start], of_groups)
        ahead.append(totals)
        if len(ahead) > _AHEAD:
            collect(*ahead.popleft())
    for totals in ahead:
        collect(*totals)
    return Counts(np.asarray(bounds), pairs, np.asarray(replicates), np.array(minima))


def likelihoods(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """What of all pairs enters the reliability, as `reliability.sums` of each kind.

    Args:
        layout: from `arrange`.

    Returns:
        How many pairs are in each bin, int64 [K, 10], and the sum of their likelihoods, float64
        [K, 10].
    """
    numbers, sums = np.zeros((), np.int64), np.zeros(())
    for start, stop in _shown(layout, "likelihoods"):
        number, total = _likelihoods(
            *layout[:4], start, stop, len(layout.order), layout.tile, layout.symmetric,
            len(layout.keys) + 1,
        )  # fmt: skip
        numbers = numbers + np.asarray(number, np.int64)
        sums = sums + np.asarray(total, np.float64)
    return numbers, sums


def closest(layout: Layout, minima: np.ndarray, most: int) -> tuple[np.ndarray, ...]:
    """The pairs with the smallest f of all, exactly.

    Tiles are gone through from the smallest minimum on, until none can add anything.

    Args:
        layout: from `arrange`.
        minima: of its tiles, from `count`.
        most: how many pairs.

    Returns:
        f, float32 [P] in ascending order, and the numbers of the first and the second images, int
        [P] each; P is `most` or the number of pairs. Equal f come in the order of these numbers.
    """
    found = np.zeros((0, 3))
    for tile in np.argsort(minima, axis=None, kind="stable") if most else ():
        row, block = np.unravel_index(tile, minima.shape)
        limit = found[-1, 0] if len(found) == most else np.inf
        if not minima[row, block] < np.inf or minima[row, block] > limit:
            break
        start = layout.starts[row]
        f, second = _tile(
            *layout[:3], start, layout.stops[row], block, len(layout.order), layout.tile,
            layout.symmetric,
        )  # fmt: skip
        f = np.asarray(f)
        i, j = np.nonzero(f <= min(limit, np.finfo(np.float32).max))
        numbers = np.array([layout.order[start + i], layout.order[int(second) + j]])
        if layout.symmetric:
            numbers.sort(axis=0)
        found = np.concatenate([found, np.stack([f[i, j], *numbers], axis=1)])
        found = found[np.lexsort(found.T[::-1])][:most]
    return found[:, 0].astype(np.float32), found[:, 1].astype(int), found[:, 2].astype(int)


def scores(forensic: metric.Metric, first: np.ndarray, seconds: Sequence[np.ndarray]) -> np.ndarray:
    """f of pairs, with the same roundings as in `count`.

    Args:
        forensic: the metric.
        first: float [P, D].
        seconds: float [P, D] for each view of the second images.

    Returns:
        float32 [P].
    """
    first, *seconds = map(_features_first, (first, *seconds))
    forensic = by_feature.padded(forensic, _FEATURES)
    return np.asarray(jax.jit(_score)(forensic, first, tuple(seconds)))


def ranks(
    forensic: metric.Metric,
    queries: np.ndarray,
    gallery: Sequence[np.ndarray],
    mates: np.ndarray,
) -> np.ndarray:
    """Which place each query's mate has among the images of a gallery, ordered by f.

    Among equal f the mate comes last.

    Args:
        forensic: the metric.
        queries: float [Q, D].
        gallery: float [M, D] for each view.
        mates: int [Q], the number of each query's mate in the gallery.

    Returns:
        int32 [Q], from 1 to M.

    Raises:
        UserError: numbers of an embedding are not finite.
    """
    for which in (queries, *gallery):
        check_finite(which, "embeddings")
    count, size = len(queries), len(gallery[0])
    rows, width = min(64, count), min(1024, size)
    some = jnp.pad(_features_first(queries), ((0, 0), (0, -count % rows)))
    views = tuple(jnp.pad(_features_first(view), ((0, 0), (0, -size % width))) for view in gallery)
    theirs = jnp.pad(jnp.asarray(mates, jnp.int32), (0, -count % rows))
    forensic = by_feature.padded(forensic, _FEATURES)
    return np.asarray(_ranks(forensic, some, views, theirs, size, rows, width))[:count]


def _rows(sizes):
    """How many rows make a tile, so that groups of these sizes fill tiles well."""
    choices = np.arange(_ROWS[0], _ROWS[1] + 1)
    # A tile is at least as much trouble as some rows more.
    return int(choices[np.argmin([(-(-sizes // rows) * (rows + 8)).sum() for rows in choices])])


def _limits(sizes, rows):
    """The first and last images of rows of tiles, int [T] each: groups cut into equal parts."""
    ends = np.cumsum(sizes)
    parts = [
        (start, min(start + rows, end))
        for begin, end in zip(ends - sizes, ends)
        for start in range(begin, end, rows)
    ]
    return np.array(parts, int).reshape(-1, 2).T


def _shown(layout, title):
    """The limits of the rows of tiles, with a progress bar."""
    limits = zip(layout.starts, layout.stops)
    return tqdm.tqdm(limits, title, len(layout.starts), unit=" rows", leave=False)


def _features_first(embeddings):
    return by_feature.features_first(embeddings, _FEATURES)


def _score(forensic, first, seconds):
    """f by all views, of [D', ...] against [D', ...] each."""

    def distance(second):
        return by_feature.distances(
            forensic,
            lambda feature: first[feature] - second[feature],
            _FEATURES,
            start=jnp.zeros(jnp.broadcast_shapes(first.shape[1:], second.shape[1:])),
        )

    return metric.joint([distance(second) for second in seconds])


def _scored_tile(forensic, first, seconds, start, stop, block, count, tile, symmetric):
    """f of a tile, float32 [rows, width], and where it has pairs that count."""
    rows, width = tile
    some = lax.dynamic_slice_in_dim(first, start, rows, axis=1)[:, :, None]
    others = [
        lax.dynamic_slice_in_dim(second, block * width, width, axis=1)[:, None]
        for second in seconds or (first,)
    ]
    i = start + jnp.arange(rows)[:, None]
    j = block * width + jnp.arange(width)
    counted = (i < stop) & (j < count)
    return _score(forensic, some, others), counted & (i < j) if symmetric else counted


@functools.partial(jax.jit, static_argnames=("tile", "symmetric"))
def _tile(forensic, first, seconds, start, stop, block, count, tile, symmetric):
    """f of a tile, infinite where there is no pair, and the place of its first second image."""
    f, counted = _scored_tile(forensic, first, seconds, start, stop, block, count, tile, symmetric)
    return jnp.where(counted, f, jnp.inf), block * tile[1]


@functools.partial(jax.jit, static_argnames=("tile", "symmetric", "sizes"))
def _count(
    forensic, first, seconds, keys, groups, edges, start, stop, count, tile, symmetric, sizes
):
    """Counts a row of tiles.

    Returns:
        Pairs by the group of the second image, int32 [G, K, E + 1], and all, int32 [K, E + 1]; the
        smallest f of each tile, float32 [blocks].
    """
    width = tile[1]
    kinds, _, bins = sizes

    def add(block, carry):
        pairs, minima = carry
        f, counted = _scored_tile(
            forensic, first, seconds, start, stop, block, count, tile, symmetric
        )
        group = lax.dynamic_slice_in_dim(groups, block * width, width)
        kind = _kinds(keys, start, block, tile)
        place = jnp.searchsorted(edges, f, side="left", method="scan_unrolled")
        place += (group * kinds + kind) * bins
        return (
            _scatter(pairs, place, counted, 1),
            minima.at[block].set(jnp.where(counted, f, jnp.inf).min()),
        )

    blocks = groups.shape[0] // width
    nothing = jnp.zeros(np.prod(sizes), jnp.int32), jnp.full(blocks, jnp.inf)
    pairs, minima = lax.fori_loop(start // width if symmetric else 0, blocks, add, nothing)
    pairs = pairs.reshape(sizes[1], kinds, bins)
    return pairs, pairs.sum(axis=0), minima


@functools.partial(jax.jit, static_argnames=("tile", "symmetric", "kinds"))
def _likelihoods(forensic, first, seconds, keys, start, stop, count, tile, symmetric, kinds):
    """Pairs of a row of tiles by their likelihood and the sums of these, [K, 10] each."""
    width = tile[1]

    def add(block, carry):
        numbers, sums = carry
        f, counted = _scored_tile(
            forensic, first, seconds, start, stop, block, count, tile, symmetric
        )
        place = jnp.searchsorted(reliability.EDGES, f, side="left")
        place += _kinds(keys, start, block, tile) * reliability.BINS
        # Added up within a tile first: one long sum of float32 would lose the small summands.
        likelihood = metric.likelihood(f).ravel()
        return (
            _scatter(numbers, place, counted, 1),
            sums + _scatter(jnp.zeros_like(sums), place, counted, likelihood),
        )

    blocks, size = keys.shape[1] // width, kinds * reliability.BINS
    nothing = jnp.zeros(size, jnp.int32), jnp.zeros(size)
    found = lax.fori_loop(start // width if symmetric else 0, blocks, add, nothing)
    return jax.tree.map(lambda part: part.reshape(kinds, -1), found)


def _kinds(keys, start, block, tile):
    """int32 [rows, width]: the first of the keys that two images share, or their number."""
    rows, width = tile
    of_rows = lax.dynamic_slice_in_dim(keys, start, rows, axis=1)[:, :, None]
    of_columns = lax.dynamic_slice_in_dim(keys, block * width, width, axis=1)[:, None]
    kind = jnp.full(tile, len(keys))
    for number in reversed(range(len(keys))):
        kind = jnp.where(of_rows[number] == of_columns[number], number, kind)
    return kind


def _scatter(sums, place, counted, values):
    """Adds values to the sums at places; what doesn't count goes beyond the end and is dropped."""
    return sums.at[jnp.where(counted, place, sums.size).ravel()].add(values, mode="drop")


@jax.jit
def _resample(replicates, drawn, group, of_groups):
    """Adds the weighted pairs of a row of tiles, whose first images are of one group."""
    others = drawn.at[:, group].set(1)  # within the group a pair comes as often as the group
    pairs = of_groups.astype(jnp.float32)
    seconds = jnp.tensordot(others, pairs, 1, precision=lax.Precision.HIGHEST)
    return replicates + drawn[:, group, None, None] * seconds


@functools.partial(jax.jit, static_argnames=("rows", "width"))
def _ranks(forensic, queries, gallery, mates, size, rows, width):
    def of_some(each):
        some, their_mates = each

        def over_blocks(add, start):
            def body(block, total):
                j = block * width + jnp.arange(width)
                others = [
                    lax.dynamic_slice_in_dim(view, block * width, width, axis=1)[:, None]
                    for view in gallery
                ]
                f = _score(forensic, some[:, :, None], others)
                return total + add(f, j == their_mates[:, None], j < size)

            return lax.fori_loop(0, gallery[0].shape[1] // width, body, start)

        own = over_blocks(lambda f, is_mate, _: jnp.where(is_mate, f, 0).sum(1), jnp.zeros(rows))
        nearer = over_blocks(
            lambda f, is_mate, there: ((f <= own[:, None]) & ~is_mate & there).sum(1),
            jnp.zeros(rows, jnp.int32),
        )
        return 1 + nearer

    some = queries.reshape(len(queries), -1, rows).swapaxes(0, 1)
    return lax.map(of_some, (some, mates.reshape(-1, rows))).ravel()
