"""All places at which two images lie on each other by their keypoints, one after the other."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from imgforensics.comparison import parts, regions
from imgforensics.comparison.parts import Cleaned, Place
from imgforensics.verification.keypoints import Keypoints
from imgforensics.verification.registration import Alignment

_MAX_PLACES = 8  # that are looked for
_MAX_FAILURES = 3  # alignments under which nothing agrees
_MIN_INLIERS = 6  # of an alignment that says where to look closely
_MAX_OVERLAP = 0.1  # intersection over union of two places in one image
_NEAR = 3.0  # pixels, of those in which keypoints are looked for, that agree with an alignment

Register = Callable[[Keypoints, Keypoints], Alignment | None]


def find(images: Cleaned, first: Keypoints, second: Keypoints, register: Register) -> list[Place]:
    """Sequential RANSAC: aligns, locates what agrees, takes its keypoints out and goes on.

    Args:
        images: of any sizes; one twice to find what it shows at two places.
        first, second: their keypoints.
        register: aligns the second keypoints with the first, if enough agree.

    Returns:
        The places, those of the most keypoints first.
    """
    found: list[Place] = []
    within, failures = images[0] is images[1], 0
    while len(found) < _MAX_PLACES and failures < _MAX_FAILURES:
        alignment = register(first, second)
        if alignment is None or alignment.inliers < _MIN_INLIERS:
            break
        place = parts.locate(images, alignment.matrix, alignment.inverted, found)
        if place is None or (within and _overlaps_itself(place)):
            failures += 1
            one, other = _agreeing(first, second, alignment.matrix)
            first, second = _take(first, ~one), _take(second, ~other)
            continue
        one, _ = _agreeing(first, second, place.matrix)
        agreeing = first.points[one & _inside(first, place.region)]
        found.append(place._replace(middle=_densest(agreeing, place)))
        outlines = place.region, place.in_second
        first = _outside(first, outlines if within else outlines[:1])
        second = _outside(second, outlines if within else outlines[1:])
    return found


def _overlaps_itself(place: Place) -> bool:
    """Whether a region repeats itself, as a texture does, and no copy that was laid elsewhere."""
    return regions.overlap(place.region, place.in_second) > _MAX_OVERLAP


def _outside(keypoints: Keypoints, polygons: Sequence[np.ndarray]) -> Keypoints:
    for corners in polygons:
        keypoints = _take(keypoints, ~_inside(keypoints, corners))
    return keypoints


def _inside(keypoints: Keypoints, corners: np.ndarray) -> np.ndarray:
    """bool [n]: which keypoints lie in a convex polygon."""
    polygon = corners.astype(np.float32)
    tests = [
        cv2.pointPolygonTest(polygon, (float(x) + 0.5, float(y) + 0.5), measureDist=False)
        for x, y in keypoints.points
    ]
    return np.array(tests) >= 0


def _agreeing(first, second, matrix) -> tuple[np.ndarray, np.ndarray]:
    """bool [n] and [m]: which keypoints have one of the other image where the matrix says."""
    if not len(first.points) or not len(second.points):
        return np.zeros(len(first.points), bool), np.zeros(len(second.points), bool)
    laid = regions.moved(second.points.astype(np.float64) + 0.5, matrix) - 0.5
    apart = np.linalg.norm(first.points[:, None] - laid[None], axis=2)
    near = apart < _NEAR * first.grain
    return near.any(axis=1), near.any(axis=0)


def _densest(points: np.ndarray, place: Place) -> np.ndarray:
    """Where, along a region, a square of its shorter side holds most points, float64 [2]."""
    if not len(points):
        return place.middle
    sides = np.ptp(place.region, axis=0)
    along = np.sort(points[:, sides.argmax()])
    ends = np.searchsorted(along, along + sides.min(), side="right")
    most = (ends - np.arange(len(along))).argmax()
    middle = place.middle.copy()
    middle[sides.argmax()] = (along[most] + along[ends[most] - 1]) / 2
    return middle


def _take(keypoints, which) -> Keypoints:
    points, sizes, angles, descriptors, grain = keypoints
    return Keypoints(points[which], sizes[which], angles[which], descriptors[which], grain)
