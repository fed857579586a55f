"""Training, validation and test sets that never share a source image."""

from collections.abc import Sequence
from typing import NamedTuple

import ml_collections
import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError


class Splits(NamedTuple):
    """Indices into `Micrographs.images`: ascending int64 arrays, disjoint, together all of them."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    held_out: np.ndarray


def check(fractions: Sequence[float]) -> None:
    """Refuses fractions that aren't three shares of 1."""
    shares = np.asarray(fractions, float)
    if shares.shape != (3,) or (shares < 0).any() or not np.isclose(shares.sum(), 1):
        raise UserError(
            f"split {tuple(fractions)} should be three shares (train, validation, test) of sum 1"
        )


def split(
    micrographs: Micrographs,
    fractions: Sequence[float],
    seed: int,
    held_out: Sequence[str] = (),
) -> Splits:
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
        held_out: classes whose images are taken out of the three sets, which stay as they are
            otherwise, and put into a fourth.

    Returns:
        The splits; none is empty unless its fraction is 0 or all it had is held out.

    Raises:
        UserError: `fractions` aren't three shares of 1, there are too few sources to give each
            set one, or no image is of a class that is to be held out.
    """
    for name in held_out:
        if name not in micrographs.classes and name not in micrographs.absent_classes:
            raise UserError(
                f"config.data.held_out names {name!r}, and no image is of that class: "
                f"the classes are {', '.join(np.unique(micrographs.classes))}"
            )
    kept = ~np.isin(micrographs.classes, list(held_out))
    train, validation, test = (
        set_of[kept[set_of]] for set_of in _three(micrographs, fractions, seed)
    )
    return Splits(train, validation, test, np.flatnonzero(~kept))


def of(micrographs: Micrographs, data: ml_collections.ConfigDict, trained: bool = False) -> Splits:
    """The splits that `config.data` asks for.

    Args:
        micrographs: what to split.
        data: of a run; one of before classes were held out holds out none.
        trained: whether the run has ended, and may be judged on other micrographs than its own,
            which need not have the classes that were held out of it.

    Raises:
        UserError: as by `split`.
    """
    held_out = data.get("held_out", ())
    if trained:
        held_out = [name for name in held_out if name in micrographs.classes]
    return split(micrographs, data.split, data.split_seed, held_out)


def _three(micrographs, fractions, seed):
    """The training, validation and test sets, with nothing held out."""
    if micrographs.split is not None:
        names = ("train", "validation", "test")
        return [np.flatnonzero(micrographs.split == name) for name in names]
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
    return [np.flatnonzero(set_of_source[source_of] == which) for which in range(3)]


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
