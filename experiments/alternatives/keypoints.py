"""Classical keypoints: ORB (Rublee et al. 2011) and SIFT (Lowe 2004), and a homography.

Both know rotations but not mirrors, so that the second image is also described in its mirror. The
distance of a pair is the number of inliers of the better view, with a minus.
"""

from typing import NamedTuple

import cv2
import numpy as np

from experiments.alternatives.even import even
from experiments.alternatives.homography import inliers
from experiments.alternatives.systems import System, of_pairs

_MAX_KEYPOINTS = 1000  # keypoints of a view
_RATIO = 0.8  # of the distances to the nearest and the second nearest descriptor (Lowe 2004)


class Keypoints(NamedTuple):
    """Points, float32 [k, 2] in pixels, and the descriptor of each, [k, D]."""

    points: np.ndarray
    descriptors: np.ndarray


def orb() -> System:
    """ORB, with binary descriptors, on enlarged images: it keeps away from the edges."""
    detector = cv2.ORB.create(_MAX_KEYPOINTS, fastThreshold=5)
    return _system("ORB and MAGSAC", detector, cv2.NORM_HAMMING, enlarged=2)


def sift() -> System:
    """SIFT, which enlarges images itself."""
    detector = cv2.SIFT.create(_MAX_KEYPOINTS, contrastThreshold=0.01)
    return _system("SIFT and MAGSAC", detector, cv2.NORM_L2, enlarged=1)


def _system(title, detector, norm, enlarged):
    matcher = cv2.BFMatcher(norm)

    def keypoints(view):
        large = cv2.resize(view, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
        found, descriptors = detector.detectAndCompute(large, None)
        return Keypoints(np.float32([one.pt for one in found]) / enlarged, descriptors)

    def describe(image):
        image = even(image)
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
