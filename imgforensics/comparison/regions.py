"""What two images have in common, once it is known how one lies on the other."""

import cv2
import numpy as np

from imgforensics.comparison import dense
from imgforensics.comparison.evidence import local_correlation, soften

_SIDE = 384  # pixels of the longer side, at which agreement is looked at
_AGREEMENT = 0.5  # local correlation, which half a window of the same and half of others gives
_SMALLEST = 0.002  # of the first image: less is chance


def common(
    first: np.ndarray, second: np.ndarray, matrix: np.ndarray, inverted: bool
) -> tuple[float, float, float, float] | None:
    """The box, in the first image, of the largest part in which both agree.

    Args:
        first, second: uint8 [height, width], of any sizes.
        matrix: float [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the first.
        inverted: whether grey levels are reversed.

    Returns:
        left, top, right and bottom in pixels, to within some hundredth of the image; None where
        nothing agrees.
    """
    factor = min(1.0, _SIDE / max(first.shape))
    shape = tuple(round(length * factor) for length in first.shape)
    small = cv2.resize(first, shape[::-1], interpolation=cv2.INTER_AREA)
    matrix = scaling(factor) @ matrix
    laid = lay(second, matrix, shape)
    mask = cv2.warpPerspective(np.ones(second.shape, np.float32), matrix, shape[::-1]) > 0.99
    one, other = (soften(dense.even(each)) for each in (small, laid))
    agreement = local_correlation(one, -other if inverted else other, mask)
    agree = np.uint8((agreement > _AGREEMENT) & mask)
    agree = cv2.morphologyEx(agree, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    agree = cv2.morphologyEx(agree, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(agree)
    if count < 2:
        return None
    left, top, wide, high, area = max(stats[1:].tolist(), key=lambda stat: stat[4])
    if area < _SMALLEST * agree.size:
        return None
    return tuple(end / factor for end in (left, top, left + wide, top + high))


def scaling(factor: float) -> np.ndarray:
    """Takes pixels of an image to those of one that is `factor` times as large, float64 [3, 3]."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


def lay(image: np.ndarray, matrix: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """An image laid on another of a shape, uint8; where it is not, its mean level.

    Pixels that become smaller are averaged first, so that fine texture doesn't alias.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale < 0.7:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return cv2.warpPerspective(
        image, matrix, shape[::-1], flags=cv2.INTER_LINEAR, borderValue=float(image.mean())
    )


def outline(box: tuple[float, float, float, float], matrix: np.ndarray) -> np.ndarray:
    """The corners, float [4, 2], of a box of the first image in the second one."""
    left, top, right, bottom = box
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]]) - 0.5
    return cv2.perspectiveTransform(corners, np.linalg.inv(matrix))[0] + 0.5
