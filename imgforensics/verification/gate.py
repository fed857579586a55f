"""The gate: which of many candidates share something with an image, by a few kept keypoints.

An image is described once, by at most 128 keypoints in 18 kB, and descriptions are kept. Then one
image is compared with many candidates at once, in one product of their descriptors, and also as
its mirror image and as negatives of both. What is left of the matches are votes for a similarity
transform (Philbin et al. 2007, section 4). Of those that agree counts by how much more alike they
are than the next best: that tells which candidates are worth full evidence.
"""

from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.verification import content, keypoints
from imgforensics.verification.keypoints import Keypoints

MAX_KEYPOINTS = 128  # keypoints of an image
MIN_SUPPORT = 0.35  # support, from which on a candidate passes
# A description, and so what a shard of descriptions is an array of. Rows beyond `count` are 0.
DESCRIPTION = np.dtype([
    ("count", np.int32),
    ("grain", np.float32),  # pixels of the image for one of those in which it was looked at
    ("points", np.float32, (MAX_KEYPOINTS, 2)),  # x, y in pixels of the image
    ("sizes", np.float32, MAX_KEYPOINTS),  # diameters, likewise
    ("angles", np.float32, MAX_KEYPOINTS),  # radians, from x to y
    ("descriptors", np.uint8, (MAX_KEYPOINTS, 128)),
])  # fmt: skip

_MIN_SIDE, _MAX_SIDE = 128, 256  # pixels of the longer side at which an image is looked at
_BLUR = 0.6  # pixels
_CONTRAST, _EDGE = 0.003, 60  # soft images have few keypoints, and the vote bears bad ones
_UNIT = 512  # of a descriptor's length; its numbers, which are up to 1/2 but for a few, fill a byte
_VIEWS = ((False, False), (True, False), (False, True), (True, True))  # mirrored, inverted
_BATCH = 64  # candidates in one product
_MAX_MATCHES = 32  # of a view, those that are the most alike
_MAX_ERROR = 4.5  # pixels, of those in which an image is looked at, by which a match may miss
_MAX_DRIFT = 0.12  # pixels that a vote may miss by, for each pixel from where it was cast
_MAX_GROWTH = np.log(1.5)  # by which a match may differ in the logarithm of its size
_MIN_COSINE = np.cos(np.deg2rad(25))  # of the angle by which it may differ in direction


class Votes(NamedTuple):
    """What speaks for each of m candidates.

    Attributes:
        inliers: int32 [m], matches that agree with the vote that has the most support.
        support: float32 [m], the sum over them of how much more alike two descriptors are than the
            next best, as cosines.
        mirrored: bool [m], whether they do so for the mirror image.
        inverted: bool [m], likewise for the negative.
    """

    inliers: np.ndarray
    support: np.ndarray
    mirrored: np.ndarray
    inverted: np.ndarray

    @property
    def passed(self) -> np.ndarray:
        """bool [m]: which candidates are worth full evidence."""
        return self.support >= MIN_SUPPORT


def describe(image: np.ndarray, shown: np.ndarray | None = None) -> np.ndarray:
    """Describes an image, or a tile of one, by its largest keypoints, which last the longest.

    Args:
        image: uint8 [height, width].
        shown: bool [height, width], where nothing is drawn on it; None to find that out.

    Returns:
        `DESCRIPTION` [], to be stacked and kept with others; without keypoints where the image is
        flat, and without such as touch what is drawn on it.
    """
    if shown is None:
        shown = ~content.drawn(image)
    factor = np.clip(1.0, _MIN_SIDE / max(image.shape), _MAX_SIDE / max(image.shape))
    size = tuple(max(1, round(length * factor)) for length in image.shape[::-1])
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    scaled = cv2.resize(content.filled(image, shown), size, interpolation=how)
    scaled = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(4, 4)).apply(scaled)
    mask = cv2.resize(shown.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    sift = cv2.SIFT.create(
        contrastThreshold=_CONTRAST, edgeThreshold=_EDGE, enable_precise_upscale=True
    )
    found, histograms = sift.detectAndCompute(cv2.GaussianBlur(scaled, (0, 0), _BLUR), mask)
    order = sorted(range(len(found)), key=lambda number: -found[number].size)[:MAX_KEYPOINTS]
    description = np.zeros((), DESCRIPTION)
    description["count"], description["grain"] = len(order), 1 / factor
    if not order:
        return description
    chosen, rows = [found[number] for number in order], slice(len(order))
    # Half a pixel apart: the first pixel's centre is (0, 0), whatever the image's size.
    stretch = np.array(image.shape[::-1]) / size
    description["points"][rows] = (np.array([each.pt for each in chosen]) + 0.5) * stretch - 0.5
    description["sizes"][rows] = np.array([each.size for each in chosen]) / factor
    description["angles"][rows] = np.deg2rad([each.angle for each in chosen])
    shares = histograms[order] / np.maximum(histograms[order].sum(1, keepdims=True), 1)
    description["descriptors"][rows] = np.minimum(np.rint(_UNIT * np.sqrt(shares)), 255)
    return description


def votes(query: np.ndarray, candidates: np.ndarray) -> Votes:
    """Counts what speaks for each candidate showing what the query shows, mirrored or not.

    Args:
        query: `DESCRIPTION` [].
        candidates: `DESCRIPTION` [m].
    """
    views = [keypoints.changed(_keypoints(query), *view) for view in _VIEWS]
    nothing = np.zeros((0, len(_VIEWS)), np.int32), np.zeros((0, len(_VIEWS)), np.float32)
    parts = [
        _batch(views, candidates[start : start + _BATCH])
        for start in range(0, len(candidates), _BATCH)
    ]
    inliers, support = map(np.concatenate, zip(nothing, *parts))
    best = support.argmax(1)
    mirrored, inverted = np.array(_VIEWS)[best].T
    rows = np.arange(len(candidates))
    return Votes(inliers[rows, best], support[rows, best], mirrored, inverted)


def _keypoints(description: np.ndarray) -> Keypoints:
    """The keypoints of a description, with descriptors in the units that they are kept in."""
    count = description["count"]
    return Keypoints(
        points=description["points"][:count],
        sizes=description["sizes"][:count],
        angles=description["angles"][:count],
        descriptors=description["descriptors"][:count].astype(np.float32),
        grain=float(description["grain"]),
    )


class _Matches(NamedTuple):
    """Matches of m candidates in v views, [m, v, matches]: keypoints of both, and their worth."""

    mine: np.ndarray
    theirs: np.ndarray
    worth: np.ndarray  # 0 where there is no match


def _batch(views: list[Keypoints], candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inliers and support of each candidate in each view, [m, v]."""
    count, number = len(views[0].points), len(candidates)
    if not count:
        shape = number, len(views)
        return np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    matches = _match(np.concatenate([view.descriptors for view in views]), candidates, len(views))
    # As complex numbers, a similarity transform without a mirror is z -> factor z + shift.
    row, column = np.ogrid[:number, : len(views)]
    theirs = row[..., None], matches.theirs
    mine = column[..., None], matches.mine
    plane = np.array([1, 1j], np.complex64)
    z = (candidates["points"] @ plane)[theirs]
    w = (np.stack([view.points for view in views]) @ plane)[mine]
    taken = matches.worth > 0
    sizes = np.where(taken, candidates["sizes"][theirs], 1)
    growth = views[0].sizes[matches.mine] / sizes
    turn = np.stack([view.angles for view in views])[mine] - candidates["angles"][theirs]
    agree = _agree(z, w, growth, turn, _MAX_ERROR * views[0].grain)
    agree &= taken[..., None, :] & taken[..., None]
    support = agree @ matches.worth[..., None]
    best = support[..., 0].argmax(2)
    inliers = agree.sum(3, dtype=np.int32)
    return inliers[row, column, best], support[row, column, best, 0]


def _match(descriptors: np.ndarray, candidates: np.ndarray, views: int) -> _Matches:
    """Pairs of keypoints that are each other's nearest, the most alike of each view first."""
    number, count = len(candidates), len(descriptors) // views
    others = candidates["descriptors"].reshape(-1, 128).astype(np.float32)
    # Sums of products of bytes are whole numbers that float32 holds exactly.
    likeness = (others @ descriptors.T).reshape(number, MAX_KEYPOINTS, views, count)
    nearest = likeness.argmax(3)
    best = np.take_along_axis(likeness, nearest[..., None], 3)[..., 0]
    back = np.take_along_axis(likeness.max(1), nearest.swapaxes(1, 2), 2).swapaxes(1, 2)
    np.put_along_axis(likeness, nearest[..., None], 0, 3)
    # Where a candidate has no keypoint there is no likeness.
    worth = np.where(best == back, best - likeness.max(3), 0).swapaxes(1, 2) / _UNIT**2
    best = np.where(worth > 0, best.swapaxes(1, 2), 0)
    order = np.argsort(-best, axis=2, kind="stable")[..., :_MAX_MATCHES]
    mine, worth = (np.take_along_axis(each, order, 2) for each in (nearest.swapaxes(1, 2), worth))
    return _Matches(mine, order, worth)


def _agree(z, w, growth, turn, error) -> np.ndarray:
    """Which matches z -> w agree with the vote of each, bool [..., votes, matches]."""
    factor = (growth * np.exp(1j * turn)).astype(np.complex64)
    away = w[..., None, :] - w[..., None]
    misses = np.abs(factor[..., None] * (z[..., None, :] - z[..., None]) - away)
    agree = misses < error + _MAX_DRIFT * np.abs(away)
    products = factor[..., None, :] * factor[..., None].conj()
    agree &= products.real > _MIN_COSINE * np.abs(products)
    grown = np.log(growth)
    return agree & (np.abs(grown[..., None, :] - grown[..., None]) < _MAX_GROWTH)
