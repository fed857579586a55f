"""Training, validation and test sets that never share a source image."""

from typing import NamedTuple, Sequence

import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.errors import UserError


class Splits(NamedTuple):
    """Indices into `Micrographs.images`: ascending int64 arrays, disjoint, together all of them."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def check(fractions: Sequence[float]) -> None:
    """Refuses fractions that aren't three shares of 1."""
    shares = np.asarray(fractions, float)
    if shares.shape != (3,) or (shares < 0).any() or not np.isclose(shares.sum(), 1):
        raise UserError(
            f"split {tuple(fractions)} should be three shares (train, validation, test) of sum 1"
        )


def split(micrographs: Micrographs, fractions: Sequence[float], seed: int) -> Splits:
    """Splits by source image, with sizes as near to `fractions` as whole sources allow.

    A data set that brings its own split keeps it. Otherwise the sources are permuted (sorted by
    name first, so that the order of the files doesn't matter) and each of the smaller sets takes
    the sources that still fit, in that order; the largest set takes the rest. When every image is
    its own source this is a random permutation cut at the exact sizes, as in the paper, section
    3.3 (4000, 500 and 715 of 5215).

    Args:
        micrographs: what to split.
        fractions: shares of the training, validation and test sets, adding up to 1.
        seed: of the permutation.

    Returns:
        The splits; none is empty unless its fraction is 0.

    Raises:
        UserError: `fractions` aren't three shares of 1, or there are too few sources to give each
            set one.
    """
    if micrographs.split is not None:
        return Splits(*(np.flatnonzero(micrographs.split == name) for name in Splits._fields))
    check(fractions)
    shares = np.asarray(fractions, float)
    names, source_of, sizes = np.unique(
        micrographs.sources, return_inverse=True, return_counts=True
    )
    if len(names) < np.count_nonzero(shares):
        raise UserError(
            f"{len(names)} source image(s) can't make {np.count_nonzero(shares)} sets, since the "
            "crops of one source stay together: give more source images"
        )
    targets = _whole_numbers(shares, len(micrographs))
    smaller_sets, largest_set = np.split(np.argsort(targets, kind="stable"), [2])
    smaller_sets = [which for which in smaller_sets if shares[which] > 0]
    # The legacy generator's stream is the one that numpy promises never to change.
    free = np.random.RandomState(seed).permutation(len(names))
    set_of_source = np.full(len(names), largest_set)
    for done, which in enumerate(smaller_sets, start=1):
        # Each set that is still to be filled needs a source, too.
        most = len(free) - (len(smaller_sets) - done) - 1
        taken = _fill(sizes[free], targets[which], most)
        set_of_source[free[taken]] = which
        free = free[~taken]
    return Splits(*(np.flatnonzero(set_of_source[source_of] == which) for which in range(3)))


def _whole_numbers(shares: np.ndarray, total: int) -> np.ndarray:
    """int [k] of sum `total`, nearest to `shares * total` (largest remainder)."""
    exact = shares * total
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def _fill(sizes: np.ndarray, target: int, most: int) -> np.ndarray:
    """bool [k]: one to `most` of the sources, first come first served, adding up to `target`."""
    taken = np.zeros(len(sizes), bool)
    room, left = target, most
    for i, size in enumerate(sizes):
        if left and size <= room:
            taken[i] = True
            room, left = room - size, left - 1
    # Going over the target is right where it ends nearer, or where nothing fits at all.
    smallest = np.argmin(np.where(taken, np.inf, sizes))
    if not taken.any() or (left and sizes[smallest] < 2 * room):
        taken[smallest] = True
    return taken
