"""Originals and their copies, of each kind so many."""

from typing import NamedTuple

import ml_collections
import numpy as np

from imgforensics.manipulations import ranges
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import build, pair_sets, single, strengths

# One manipulation of section 3.3 or wider, and its strength; see `testsets.strengths`.
_SINGLE = {
    "rotation": 45, "scale": 75, "shift": 30, "crop overlap": 60, "perspective": 20,
    "reflection": 1, "gamma": 0.5, "linear contrast": 0.5, "brightness": 0.2, "JPEG": 20,
    "erasing": 20, "text": 20, "inversion": 1,
}  # fmt: skip
_OF_EACH = 10
_SEVERAL, _COMPOSITE = 70, 120
SEVERAL, COMPOSITE = "several of §3.3", "composite edits"
COUNT = _OF_EACH * len(_SINGLE) + _SEVERAL + _COMPOSITE


class Copies(NamedTuple):
    """Pairs of images of which one is a copy of the other.

    Attributes:
        originals, copies: uint8 [n, 128, 128].
        kinds: str [n], what was done.
    """

    originals: np.ndarray
    copies: np.ndarray
    kinds: np.ndarray


def make(images: np.ndarray, seed: int) -> Copies:
    """Makes a copy of each image.

    Args:
        images: uint8 [`COUNT`, 256, 256].
        seed: of all draws.
    """
    manipulations = ranges.v01()
    config = ml_collections.ConfigDict({"seed": seed, "manipulations": manipulations})
    originals, copies, kinds = [], [], []
    start = 0
    for name, strength in _SINGLE.items():
        some = images[start : start + _OF_EACH]
        cut = strengths.MANIPULATIONS[name].anchor or central_crop
        originals += [pair_sets.to_uint8(np.asarray(cut(image, 128))) for image in some]
        copies += [pair_sets.to_uint8(each) for each in single.make(name, some, strength, config)]
        kinds += [name] * len(some)
        start += len(some)
    several = images[start : start + _SEVERAL]
    for name, made in (
        (SEVERAL, build.manipulated_copies(several, manipulations, seed)),
        (COMPOSITE, build.composite_copies(images[start + _SEVERAL :], seed)),
    ):
        originals += list(made[0])
        copies += list(made[1])
        kinds += [name] * len(made[0])
    return Copies(np.stack(originals), np.stack(copies), np.array(kinds))
