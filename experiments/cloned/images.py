"""Micrographs into which a part of their own is pasted, manipulated; and images without clones."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import ml_collections
import numpy as np

from imgforensics.data import blank, procedural
from imgforensics.manipulations import ranges
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import build, pair_sets, single

SIDE = 72  # pixels of a clone's side, in a micrograph of 256
# What is cloned is the middle of the micrograph: so much, where a view is turned or reduced.
SOURCE = 112
# One manipulation of section 3.3 or wider, and its strength; see `testsets.strengths`.
_SINGLE = {
    "rotation": 45, "scale": 75, "perspective": 20, "reflection": 1, "gamma": 0.5,
    "linear contrast": 0.5, "brightness": 0.2, "JPEG": 20, "erasing": 20, "inversion": 1,
}  # fmt: skip
MOVED, SEVERAL = "nothing but moved", "several of §3.3"
KINDS = (MOVED, *_SINGLE, SEVERAL)
# Of drawn micrographs, those that repeat themselves.
TEXTURES = (
    "microarray", "blood_smear", "cocci", "epithelium", "leaf_epidermis", "muscle", "lamellae",
    "collagen", "myelin", "western_blot", "gel",
)  # fmt: skip
_MIN_CONTRAST = 0.5  # of the micrograph's standard deviation, the least of what is cloned
_JITTER = 4  # pixels, by which a clone lies off the corner at most


class Cloned(NamedTuple):
    """An image with a clone.

    Attributes:
        image: uint8 [256, 256].
        source, clone: left, top, right and bottom, in pixels, of what it was taken from and of
            where it was pasted.
        kind: what was done to it, of `KINDS`.
    """

    image: np.ndarray
    source: tuple[int, int, int, int]
    clone: tuple[int, int, int, int]
    kind: str


def shows_enough(image: np.ndarray) -> bool:
    """Whether there is something to clone in the middle of an image, uint8 [256, 256]."""
    middle = image[_middle(SIDE), _middle(SIDE)]
    return not blank.is_blank(middle) and middle.std() >= _MIN_CONTRAST * image.std()


def clone(images: np.ndarray, seed: int) -> list[Cloned]:
    """Pastes what is in the middle of each image into one of its corners, by the kinds in turn.

    Args:
        images: uint8 [n, 256, 256].
        seed: of all draws.
    """
    found: list[Cloned] = []
    rng = np.random.default_rng(seed)
    for number, kind in enumerate(KINDS):
        some = images[number :: len(KINDS)]
        if len(some):
            views = _views(kind, some, seed)
            found += [_pasted(image, view, kind, rng) for image, view in zip(some, views)]
    return found


def textures(each: int, seed: int) -> dict[str, np.ndarray]:
    """Drawn images that repeat themselves, uint8 [each, 256, 256], by what they show."""
    keys = [jax.random.key(seed + number) for number in range(each)]
    return {
        name: np.stack([procedural.draw(procedural.PAINTERS[name], key) for key in keys])
        for name in TEXTURES
    }


def _views(kind: str, images: np.ndarray, seed: int) -> Sequence[np.ndarray]:
    """The middle of each image, manipulated, uint8 [128, 128]."""
    if kind == MOVED:
        return [pair_sets.to_uint8(np.asarray(central_crop(image, 128))) for image in images]
    if kind == SEVERAL:
        config = ranges.v01()
        config.similarity.translation = (0, 1)  # a clone is moved anyway
        return build.manipulated_copies(images, config, seed)[1]
    config = ml_collections.ConfigDict({"seed": seed, "manipulations": ranges.v01()})
    return [pair_sets.to_uint8(each) for each in single.make(kind, images, _SINGLE[kind], config)]


def _pasted(image, view, kind, rng) -> Cloned:
    """The middle of a view in a corner of an image."""
    start = (len(view) - SIDE) // 2
    ends = rng.integers(0, 2, 2) * (len(image) - SIDE)
    left, top = np.abs(ends - rng.integers(0, _JITTER + 1, 2)).tolist()
    changed = image.copy()
    changed[top : top + SIDE, left : left + SIDE] = view[start:, start:][:SIDE, :SIDE]
    source = _middle(SOURCE)
    return Cloned(
        image=changed,
        source=(source.start, source.start, source.stop, source.stop),
        clone=(left, top, left + SIDE, top + SIDE),
        kind=kind,
    )


def _middle(side: int) -> slice:
    start = (256 - side) // 2
    return slice(start, start + side)
