"""Fixed sets of labelled pairs that any scorer can judge, whatever it is made of.

Each set holds as many copies as it is asked for, and negatives of three kinds apart: of another
source image, of the same class but another source image, and of the same source image. The sets
are drawn by a seed; whoever judges them sees the same pixels.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.data.real_cases import Cases
from imgforensics.utils.errors import UserError

NEGATIVES = ("random", "same_class", "same_source")
KINDS = ("copy", *NEGATIVES)
SIDE = 128  # pixels, of the images of a set


class PairSet(NamedTuple):
    """Labelled pairs of images.

    Attributes:
        name: of the set.
        images: uint8 [n, 128, 128].
        pairs: int [m, 2] of numbers of images, never of one and the same; the copies come first.
        is_copy: bool [m].
        kind: str [m], of `KINDS`.
        sources: str [n], the source image that each is cut from.
        group: str [m], how each copy was made, and '' for others, where this is told apart.
    """

    name: str
    images: np.ndarray
    pairs: np.ndarray
    is_copy: np.ndarray
    kind: np.ndarray
    sources: np.ndarray
    group: np.ndarray | None = None


def of_micrographs(
    name: str,
    micrographs: Micrographs,
    indices: np.ndarray,
    make: Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]],
    size: int,
    negatives: int,
    seed: int,
) -> PairSet:
    """A set whose pairs are an anchor of one micrograph and a copy of the same or of another.

    The negatives of a kind are drawn from all that the chosen micrographs make; micrographs of
    equal pixels make none.

    Args:
        name: of the set.
        micrographs: where the images come from.
        indices: int [k], those to choose from.
        make: uint8 [n, 256, 256] and a seed to anchors and copies, uint8 [n, 128, 128] each.
        size: how many micrographs to choose, at most k.
        negatives: how many of each kind, at most.
        seed: of all draws.

    Raises:
        UserError: the micrographs are of fewer than two source images.
    """
    rng = np.random.default_rng(seed)
    chosen = choose(name, micrographs=micrographs, indices=indices, size=size, rng=rng)
    anchors, copies = make(np.asarray(micrographs.images[chosen]), seed)
    number = np.arange(len(chosen))
    pairs = [np.stack([number, number], axis=1), *others(micrographs, chosen, negatives, rng)]
    return PairSet(
        name=name,
        images=np.concatenate([anchors, copies]),
        pairs=np.concatenate(pairs) + [0, len(chosen)],  # the copies follow the anchors
        is_copy=np.repeat(np.array(KINDS) == "copy", [len(some) for some in pairs]),
        kind=np.repeat(KINDS, [len(some) for some in pairs]),
        sources=np.tile(micrographs.sources[chosen], 2),
    )


def choose(
    name: str, micrographs: Micrographs, indices: np.ndarray, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Micrographs at random, int [n]: `size` of the `indices`, or all if there are fewer.

    Raises:
        UserError: the indices are of fewer than two source images; it tells the set's name.
    """
    if len(set(micrographs.sources[indices])) < 2:
        raise UserError(
            f"{name} has images of {len(set(micrographs.sources[indices]))} source image(s), and "
            "pairs of different images need two: give more images, or another split"
        )
    return rng.permutation(indices)[:size]


def others(
    micrographs: Micrographs, chosen: np.ndarray, negatives: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Pairs of different micrographs, for each of `NEGATIVES` int [at most negatives, 2].

    Args:
        micrographs: all there are; those of equal pixels make no pair.
        chosen: int [n], those to pair; a pair has their places in it.
        negatives: how many of each kind, drawn of all that there are.
        rng: that draws.
    """
    classes, sources = micrographs.classes[chosen], micrographs.sources[chosen]
    one_class, one_source = (np.equal.outer(key, key) for key in (classes, sources))
    equal = _equal(micrographs.images[chosen])
    drawn = []
    for allowed in (~one_source, one_class & ~one_source, one_source):  # as in NEGATIVES
        every = np.argwhere(allowed & ~equal)
        some = rng.choice(len(every), min(negatives, len(every)), replace=False)
        drawn.append(every[np.sort(some)])
    return drawn


def of_cases(name: str, cases: Cases, size: int, negatives: int, seed: int) -> PairSet:
    """The set of a folder of classes, each an image and its copies, as in the real protocol.

    Negatives are at random only, since a class is all that two images can have in common; it is
    their source image, too.

    Args:
        name: of the set.
        cases: from `real_cases.read_cases`.
        size: how many pairs of one class, of all that there are; at most.
        negatives: how many pairs of two classes, likewise.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(len(cases.labels), k=1)
    copies = cases.labels[first] == cases.labels[second]
    pairs = []
    for which, most in ((copies, size), (~copies, negatives)):
        every = np.flatnonzero(which)
        some = np.sort(rng.choice(every, min(most, len(every)), replace=False))
        pairs.append(np.stack([first[some], second[some]], axis=1))
    counts = [len(some) for some in pairs]
    return PairSet(
        name=name,
        images=cases.images,
        pairs=np.concatenate(pairs),
        is_copy=np.repeat([True, False], counts),
        kind=np.repeat(["copy", "random"], counts),
        sources=cases.labels,
    )


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Gray levels in [0, 1], and those beyond the nearest of them, as whole numbers up to 255."""
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8)


def digest(pairs: PairSet) -> str:
    """SHA-256 of the images, the pairs and their labels, in hexadecimal."""
    found = hashlib.sha256()
    for part in (pairs.images, pairs.pairs.astype(np.int64), pairs.is_copy, pairs.kind.astype("S")):
        found.update(f"{part.dtype.str} {part.shape} ".encode())
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def describe(pairs: PairSet) -> dict:
    """What a record says of a set: the numbers of images, sources and pairs, and its digest."""
    return {
        "images": len(pairs.images),
        "sources": len(set(pairs.sources)),
        "pairs": {kind: int((pairs.kind == kind).sum()) for kind in KINDS},
        "sha256": digest(pairs),
    }


def _equal(images):
    """bool [n, n]: which images have equal pixels; each has those of itself."""
    hashes = np.array([hashlib.sha256(np.ascontiguousarray(x)).hexdigest() for x in images])
    return np.equal.outer(hashes, hashes)
