"""The gate: which of many candidates share something with an image, by a few kept keypoints.

An image is described once, by at most 128 keypoints in 18 kB, and descriptions are kept. Then one
image is compared with many candidates at once, in one product of their descriptors, and also as
its mirror image and as negatives of both. What is left of the matches are votes for a similarity
transform (Philbin et al. 2007, section 4), and the number of those that agree tells which
candidates are worth full evidence.
"""

from typing import NamedTuple

import numpy as np

from imgforensics.verification import keypoints
from imgforensics.verification.keypoints import Keypoints

MAX_KEYPOINTS = 128  # keypoints of an image
MIN_INLIERS = 8  # inliers, from which on a candidate passes
# A description, and so what a shard of descriptions is an array of. Rows beyond `count` are 0.
DESCRIPTION = np.dtype([
    ("count", np.int32),
    ("grain", np.float32),
    ("points", np.float32, (MAX_KEYPOINTS, 2)),
    ("sizes", np.float32, MAX_KEYPOINTS),
    ("angles", np.float32, MAX_KEYPOINTS),
    ("descriptors", np.uint8, (MAX_KEYPOINTS, 128)),
])  # fmt: skip

_UNIT = 512  # of a descriptor's length; its numbers, which are up to 1/2 but for a few, fill a byte
_VIEWS = ((False, False), (True, False), (False, True), (True, True))  # mirrored, inverted
_BATCH = 64  # candidates in one product
_MAX_MATCHES = 32  # of a view, those that are the most alike
_MAX_ERROR = 3.0  # pixels, of those in which keypoints are looked for, by which a match may miss
_MAX_DRIFT = 0.08  # pixels that a vote may miss by, for each pixel from where it was cast
_MAX_GROWTH = np.log(1.5)  # by which a match may differ in the logarithm of its size
_MIN_COSINE = np.cos(np.deg2rad(25))  # of the angle by which it may differ in direction


class Votes(NamedTuple):
    """What speaks for each of m candidates.

    Attributes:
        inliers: int32 [m], matches that agree with the vote with which most do.
        mirrored: bool [m], whether they do so for the mirror image.
        inverted: bool [m], likewise for the negative.
    """

    inliers: np.ndarray
    mirrored: np.ndarray
    inverted: np.ndarray

    @property
    def passed(self) -> np.ndarray:
        """bool [m]: which candidates are worth full evidence."""
        return self.inliers >= MIN_INLIERS


def describe(image: np.ndarray) -> np.ndarray:
    """Describes an image, or a tile of one, by its largest keypoints.

    Args:
        image: uint8 [height, width].

    Returns:
        `DESCRIPTION` [], to be stacked and kept with others.
    """
    found = keypoints.detect(image)
    chosen = np.argsort(-found.sizes, kind="stable")[:MAX_KEYPOINTS]
    description = np.zeros((), DESCRIPTION)
    description["count"], description["grain"] = len(chosen), found.grain
    for name in ("points", "sizes", "angles"):
        description[name][: len(chosen)] = getattr(found, name)[chosen]
    descriptors = np.rint(_UNIT * found.descriptors[chosen])
    description["descriptors"][: len(chosen)] = np.minimum(descriptors, 255)
    return description


def votes(query: np.ndarray, candidates: np.ndarray) -> Votes:
    """Counts what speaks for each candidate showing what the query shows, mirrored or not.

    Args:
        query: `DESCRIPTION` [].
        candidates: `DESCRIPTION` [m].
    """
    views = [keypoints.changed(_keypoints(query), *view) for view in _VIEWS]
    parts = [
        _batch(views, candidates[start : start + _BATCH])
        for start in range(0, len(candidates), _BATCH)
    ]
    counts = np.concatenate([np.zeros((0, len(_VIEWS)), np.int32), *parts])
    mirrored, inverted = np.array(_VIEWS)[counts.argmax(1)].T
    return Votes(counts.max(1), mirrored, inverted)


def _keypoints(description: np.ndarray) -> Keypoints:
    """The keypoints of a description, with descriptors in the units that they are kept in."""
    parts = (description[name] for name in ("points", "sizes", "angles", "descriptors"))
    return Keypoints(*(part[: description["count"]] for part in parts), description["grain"])


def _batch(views: list[Keypoints], candidates: np.ndarray) -> np.ndarray:
    """Inliers of each candidate in each view, int32 [m, views]."""
    counts = np.zeros((len(candidates), len(views)), np.int32)
    shown = min(len(views[0].points), len(candidates) and int(candidates["count"].max()))
    if not shown:
        return counts
    others = candidates["descriptors"].reshape(-1, 128).astype(np.float32)
    present = np.arange(MAX_KEYPOINTS) < candidates["count"][:, None]
    # As complex numbers, a similarity transform without a mirror is z -> factor z + shift.
    places = candidates["points"] @ np.array([1, 1j], np.complex64)
    for number, view in enumerate(views):
        # Sums of products of bytes are whole numbers that float32 holds exactly.
        likeness = (others @ view.descriptors.T.astype(np.float32)).reshape(
            len(candidates), MAX_KEYPOINTS, -1
        )
        likeness[~present] = -1
        nearest = likeness.argmax(2)
        best = np.take_along_axis(likeness, nearest[..., None], 2)[..., 0]
        mutual = present & (best == np.take_along_axis(likeness.max(1), nearest, 1))
        # The most alike of the mutual ones come first; the others are worth nothing.
        order = np.argsort(np.where(mutual, -best, 1), axis=1, kind="stable")[:, :_MAX_MATCHES]
        taken, mine = (np.take_along_axis(part, order, 1) for part in (mutual, nearest))
        z, sizes, angles = (
            np.take_along_axis(part, order, 1)
            for part in (places, candidates["sizes"], candidates["angles"])
        )
        w = (view.points @ np.array([1, 1j], np.complex64))[mine]
        counts[:, number] = _agreeing(
            z, w, np.where(taken, view.sizes[mine], 1) / np.where(taken, sizes, 1),
            view.angles[mine] - angles, taken, _MAX_ERROR * view.grain,
        )  # fmt: skip
    return counts


def _agreeing(z, w, growth, turn, taken, error) -> np.ndarray:
    """How many matches z -> w agree with the vote with which most do, int32 [m]."""
    factor = (growth * np.exp(1j * turn)).astype(np.complex64)
    away = w[:, None] - w[:, :, None]
    misses = np.abs(factor[:, :, None] * (z[:, None] - z[:, :, None]) - away)
    agree = misses < 1.5 * (error + _MAX_DRIFT * np.abs(away))
    products = factor[:, None] * factor[:, :, None].conj()
    agree &= products.real > _MIN_COSINE * np.abs(products)
    grown = np.log(growth)
    agree &= np.abs(grown[:, None] - grown[:, :, None]) < _MAX_GROWTH
    agree &= taken[:, None] & taken[:, :, None]
    return agree.sum(2, dtype=np.int32).max(1)
