"""The homography that lays one image on another, mirrored or not, by their keypoints."""

import itertools
from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.verification.keypoints import Keypoints, changed

_MAX_RATIO = 0.95  # a match is this much nearer than the next best
_MAX_ERROR = 3.0  # pixels, of those in which keypoints are looked for, by which a match may miss
_MAX_GROWTH = np.log(1.5)  # by which a match may differ in the logarithm of its size
_MAX_TURN = np.deg2rad(25)  # and in direction
_MAX_DRIFT = 0.08  # pixels that a vote may miss by, for each pixel from where it was cast
_MIN_SURE_INLIERS = 20  # inliers, with which negatives needn't be tried
_MIN_SCALE, _MAX_SCALE = 0.3, 3.3  # of areas' square roots, beyond which no transform is believed
_MAX_SHEAR = 2.5  # likewise, of the longest against the shortest stretch of a direction


class Alignment(NamedTuple):
    """How the second image lies on the first.

    Attributes:
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first.
        matches: how many keypoints of both have like descriptors.
        inliers: how many matches agree with the matrix.
        mirrored: whether left and right change places.
        inverted: whether one is the other's negative.
    """

    matrix: np.ndarray
    matches: int
    inliers: int
    mirrored: bool
    inverted: bool


def estimate_homography(
    first: Keypoints, second: Keypoints, apart: float = 0.0
) -> Alignment | None:
    """Finds the homography on which most matches agree, of the image, its mirror and negatives.

    Every match is a vote for a similarity transform, by the places, sizes and directions of its
    two keypoints (Philbin et al. 2007). Those that agree with the best vote, loosely, are fitted by
    a homography (MAGSAC, Barath et al. 2019).

    Args:
        first, second: the keypoints of two images.
        apart: pixels that keypoints lie apart at least to be matched, where both are of one image.

    Returns:
        The alignment, or None where fewer than four matches agree on a believable one.
    """
    near = _nearer(first.points, second.points, apart) if apart else None
    best = None
    for inverted, mirrored in itertools.product((False, True), repeat=2):
        if inverted and best and best.inliers >= _MIN_SURE_INLIERS:
            break
        turned = changed(second, mirrored, inverted)
        rows, columns = _matches(first.descriptors, turned.descriptors, near)
        one, other = (_take(some, which) for some, which in ((first, rows), (turned, columns)))
        chosen = _vote(one, other)
        matrix, inliers = _fit(one.points[chosen], other.points[chosen], first.grain)
        if matrix is not None and (best is None or inliers > best.inliers):
            matrix = matrix @ np.diag([-1.0 if mirrored else 1.0, 1, 1])
            best = Alignment(
                matrix=matrix,
                matches=len(rows),
                inliers=inliers,
                mirrored=mirrored,
                inverted=inverted,
            )
    return best


def _take(keypoints, indices):
    return Keypoints(*(part[indices] for part in keypoints[:-1]), keypoints.grain)


def _nearer(first: np.ndarray, second: np.ndarray, apart: float) -> np.ndarray:
    """bool [n, m]: which points lie nearer to each other."""
    return np.linalg.norm(first[:, None] - second[None], axis=2) < apart


def _matches(
    first: np.ndarray, second: np.ndarray, near: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of pairs that are each other's nearest, and nearer than the next by `_MAX_RATIO`."""
    if min(len(first), len(second)) < 4:
        return np.zeros(0, int), np.zeros(0, int)
    likeness = first @ second.T
    if near is not None:
        likeness[near] = -1
    nearest, back = likeness.argmax(1), likeness.argmax(0)
    rows = np.flatnonzero(back[nearest] == np.arange(len(first)))
    best, next_best = -np.partition(-likeness[rows], 1, axis=1)[:, :2].T
    # Of unit vectors, the squared distance is 2 - 2 likeness.
    clear = 1 - best < _MAX_RATIO**2 * (1 - next_best)
    return rows[clear], nearest[rows[clear]]


def _vote(first: Keypoints, second: Keypoints) -> np.ndarray:
    """Indices of the matches that agree with that one with which most do."""
    if not len(first.points):
        return np.zeros(0, int)
    grown = np.log(first.sizes / second.sizes)
    turned = first.angles - second.angles
    # As complex numbers, a similarity transform without a mirror is z -> factor z + shift.
    factor = np.exp(grown + 1j * turned).astype(np.complex64)
    z, w = (keypoints.points @ np.array([1, 1j], np.complex64) for keypoints in (second, first))
    away = z[None] - z[:, None]
    misses = np.abs(factor[:, None] * away - (w[None] - w[:, None]))
    allowed = _MAX_ERROR * first.grain + _MAX_DRIFT * np.abs(w[None] - w[:, None])
    agree = (misses < 1.5 * allowed) & (np.abs(grown[None] - grown[:, None]) < _MAX_GROWTH)
    agree &= np.abs(np.angle(factor[None] * factor[:, None].conj())) < _MAX_TURN
    return np.flatnonzero(agree[agree.sum(1).argmax()])


def _fit(first: np.ndarray, second: np.ndarray, grain: float) -> tuple[np.ndarray | None, int]:
    """A homography from the second points to the first, if there is one, and how many agree."""
    if len(first) < 4:
        return None, 0
    matrix, agree = cv2.findHomography(
        second, first, cv2.USAC_MAGSAC, _MAX_ERROR * grain, maxIters=1000, confidence=0.999
    )
    if matrix is None or not _believable(matrix, second[agree.ravel() > 0]):
        return None, 0
    return matrix, int(agree.sum())


def _believable(matrix: np.ndarray, points: np.ndarray) -> bool:
    """Whether the transform of an image around these points neither folds nor distorts too much."""
    if len(points) < 4:
        return False
    low, high = points.min(0), points.max(0)
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]], np.float64)
    for x, y in corners:
        depth = matrix[2] @ [x, y, 1]
        if depth <= 0.1 * matrix[2, 2]:
            return False
        place = matrix[:2] @ [x, y, 1] / depth
        jacobian = (matrix[:2, :2] - np.outer(place, matrix[2, :2])) / depth
        stretch = np.linalg.svd(jacobian, compute_uv=False)
        if np.linalg.det(jacobian) <= 0 or stretch[0] > _MAX_SHEAR * stretch[1]:
            return False
        if not _MIN_SCALE < np.sqrt(stretch[0] * stretch[1]) < _MAX_SCALE:
            return False
    return True
