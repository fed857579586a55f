"""Sets of pairs by name, like test_v01: a split of the micrographs, and how it is copied."""

import jax
import ml_collections
import numpy as np
import tqdm

from imgforensics.data import blots
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.splits import Splits
from imgforensics.manipulations import ranges
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import composite, pair_sets, single, triplet_sets
from imgforensics.testsets.pair_sets import SIDE, PairSet
from imgforensics.utils.errors import UserError

SPLITS = ("validation", "test", "held_out")
BLOTS = "blots"  # drawn ones, in place of a split; those of one class have one layout
_OF_A_LAYOUT, _BLOTS_SEED = 4, 3  # of no blots that a score is fitted to
EDITS = ("v01", "v02", "composite")
SINGLE = "single"  # manipulations, see the module of that name


def build(
    micrographs: Micrographs, splits: Splits, name: str, size: int, negatives: int, seed: int
) -> PairSet:
    """The set of a name like test_v01: one of `SPLITS` or `BLOTS`, and one of `EDITS` or `SINGLE`.

    Copies are made by the manipulations of the paper (version V01 or V02 of the authors' code),
    which move, turn and deform a crop of 128 pixels within its micrograph of 256, or by composite
    edits, which no network here is trained on. Those of `SINGLE` are made by one manipulation each,
    at every strength: about a hundred and forty of a micrograph.

    Args:
        micrographs: where the images come from.
        splits: of the micrographs.
        name: of the set.
        size: how many micrographs to copy; all of the split, if it has fewer.
        negatives: how many of each kind, as far as there are any.
        seed: of all draws.

    Raises:
        UserError: there is no such set, or fewer than two source images in the split.
    """
    check(name)
    split, _, edit = name.rpartition("_")
    if split == BLOTS:
        micrographs = blots.of_layouts(-(-size // _OF_A_LAYOUT) + 1, _OF_A_LAYOUT, _BLOTS_SEED)
        indices = np.arange(len(micrographs))
    else:
        indices = getattr(splits, split)
    if edit == SINGLE:
        return single.build(
            name,
            micrographs=micrographs,
            indices=indices,
            size=size,
            negatives=negatives,
            seed=seed,
        )
    make = composite_copies
    if edit != "composite":
        config = {"v01": ranges.v01, "v02": ranges.v02}[edit]()
        make = lambda images, seed: manipulated_copies(images, config, seed)  # noqa: E731
    return pair_sets.of_micrographs(
        name,
        micrographs=micrographs,
        indices=indices,
        make=make,
        size=size,
        negatives=negatives,
        seed=seed,
    )


def check(name: str) -> None:
    """Refuses names that `build` doesn't know.

    Raises:
        UserError: says which there are.
    """
    names = [f"{split}_{edit}" for split in (*SPLITS, BLOTS) for edit in (*EDITS, SINGLE)]
    if name not in names:
        raise UserError(f"there is no set of pairs {name!r}: choose of {', '.join(names)}")


def manipulated_copies(
    images: np.ndarray, config: ml_collections.ConfigDict, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Anchors and copies by our own manipulations (paper section 3.3), with clutter on both.

    Args:
        images: uint8 [n, 256, 256].
        config: of the manipulations.
        seed: of the manipulations.

    Returns:
        uint8 [n, 128, 128] each.
    """
    made = list(triplet_sets.copies(jax.random.key(seed), images, config))
    first, second = (pair_sets.to_uint8(np.concatenate(part)) for part in zip(*made))
    return first, second


def composite_copies(images: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Central crops as anchors, and composite edits, which OpenCV and Pillow make, as copies.

    Args:
        images: uint8 [n, 256, 256].
        seed: of the edits; that of image i depends on nothing else.

    Returns:
        uint8 [n, 128, 128] each.
    """
    anchors = [pair_sets.to_uint8(np.asarray(central_crop(image, SIDE))) for image in images]
    shown = tqdm.tqdm(images, desc="composite edits", unit=" images", leave=False)
    copies = [composite.edit(np.random.default_rng((seed, i)), x) for i, x in enumerate(shown)]
    return np.stack(anchors), np.stack(copies)
