"""Classical keypoints: ORB (Rublee et al. 2011) and SIFT (Lowe 2004), and a homography.

Both know rotations but not mirrors, so that the second image is also described in its mirror. The
distance of a pair is the number of inliers of the better view, with a minus.
"""

from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.baselines.homography import inliers
from imgforensics.evaluation.systems import System, of_pairs

_ENLARGED = 2  # times; in an image of 128 pixels few keypoints are found, and many lie at the edge
_MOST = 1000  # keypoints of a view
_RATIO = 0.8  # of the distances to the nearest and the second nearest descriptor (Lowe 2004)


class Keypoints(NamedTuple):
    """Points, float32 [k, 2] in pixels, and the descriptor of each, [k, D]."""

    points: np.ndarray
    descriptors: np.ndarray


def orb() -> System:
    """ORB, with binary descriptors."""
    return _system("ORB and MAGSAC", cv2.ORB.create(_MOST, fastThreshold=5), cv2.NORM_HAMMING)


def sift() -> System:
    """SIFT."""
    return _system("SIFT and MAGSAC", cv2.SIFT.create(_MOST, contrastThreshold=0.01), cv2.NORM_L2)


def _system(title, detector, norm):
    matcher = cv2.BFMatcher(norm)

    def keypoints(view):
        side = _ENLARGED * len(view)
        large = cv2.resize(view, (side, side), interpolation=cv2.INTER_CUBIC)
        found, descriptors = detector.detectAndCompute(large, None)
        return Keypoints(np.float32([one.pt for one in found]) / _ENLARGED, descriptors)

    def describe(image):
        return [keypoints(view) for view in (image, np.ascontiguousarray(image[:, ::-1]))]

    def distance(first, second):
        return -max(_agreement(matcher, first[0], view) for view in second)

    return of_pairs(title, describe, distance, views=2)


def _agreement(matcher, first, second):
    """Inliers among the matches that are clearly nearer than the next."""
    if min(len(first.points), len(second.points)) < 2:
        return 0
    nearest = matcher.knnMatch(first.descriptors, second.descriptors, k=2)
    kept = [one for one, other in nearest if one.distance < _RATIO * other.distance]
    return inliers(
        first.points[[match.queryIdx for match in kept]],
        second.points[[match.trainIdx for match in kept]],
    )
