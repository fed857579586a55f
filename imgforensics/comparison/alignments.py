"""All places at which two images lie on each other by their keypoints, one after the other."""

from collections.abc import Callable

import cv2
import numpy as np

from imgforensics.comparison import parts, regions
from imgforensics.comparison.parts import Cleaned, Place
from imgforensics.verification.keypoints import Keypoints
from imgforensics.verification.registration import Alignment

MAX_PLACES = 8  # that are looked for
_MAX_ROUNDS = 12  # alignments that are tried
_MIN_INLIERS = 6  # of an alignment that says where to look closely
_NEAR = 3.0  # pixels, of those in which keypoints are looked for, that agree with an alignment

Register = Callable[[Keypoints, Keypoints], Alignment | None]


def find(images: Cleaned, first: Keypoints, second: Keypoints, register: Register) -> list[Place]:
    """Sequential RANSAC: aligns, locates what agrees, takes its keypoints out and goes on.

    Args:
        images: of any sizes.
        first, second: their keypoints.
        register: aligns the second keypoints with the first, if enough agree.

    Returns:
        The places, those of the most keypoints first.
    """
    found: list[Place] = []
    for _ in range(_MAX_ROUNDS):
        alignment = register(first, second)
        if alignment is None or alignment.inliers < _MIN_INLIERS:
            break
        place = parts.locate(images, alignment.matrix, alignment.inverted, found)
        if place is None:
            agreeing = _agreeing(first, second, alignment.matrix)
            first, second = (
                _take(*each) for each in zip((first, second), map(np.invert, agreeing))
            )
            continue
        agreeing, _ = _agreeing(first, second, place.matrix)
        there = _inside(first, place.region) & agreeing
        found.append(place._replace(middle=_densest(first.points[there], place)))
        if len(found) == MAX_PLACES:
            break
        first = _take(first, ~_inside(first, place.region))
        second = _take(second, ~_inside(second, place.in_second))
    return found


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
    return Keypoints(*(part[which] for part in keypoints[:-1]), keypoints.grain)
