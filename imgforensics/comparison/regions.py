"""What two images have in common, once it is known how one lies on the other."""

import cv2
import numpy as np

from imgforensics.verification import dense
from imgforensics.verification.evidence import local_correlation, soften

_SIDE = 384  # pixels of the longer side, at which agreement is looked at
_WINDOW = 6.0  # of these pixels, in which agreement is looked at
_MIN_CORRELATION = 0.5  # local, which half a window of the same and half of others gives
_BEYOND = 9  # pixels, by which both ends of what agrees lie beyond it
_MIN_SHARE = 0.002  # of the first image: less is chance


def common(
    first: np.ndarray, second: np.ndarray, matrix: np.ndarray, inverted: bool
) -> np.ndarray | None:
    """A rectangle around the largest part in which both agree.

    It is upright in the first image or in the second, whichever makes it smaller.

    Args:
        first, second: uint8 [height, width], of any sizes.
        matrix: float [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the first.
        inverted: whether grey levels are reversed.

    Returns:
        float64 [4, 2], x and y of its corners in the first image, to within some hundredth of that;
        (0, 0) is the first pixel's outer corner. None where nothing agrees.
    """
    factor = min(1.0, _SIDE / max(first.shape))
    shape = tuple(round(length * factor) for length in first.shape)
    small = cv2.resize(first, shape[::-1], interpolation=cv2.INTER_AREA)
    back, matrix = matrix, scaling(factor) @ matrix
    laid = lay(second, matrix, shape)
    mask = cv2.warpPerspective(np.ones(second.shape, np.float32), matrix, shape[::-1]) > 0.99
    one, other = (soften(dense.even(each)) for each in (small, laid))
    agreement = local_correlation(one, -other if inverted else other, mask, _WINDOW)
    agree: np.ndarray = ((agreement > _MIN_CORRELATION) & mask).astype(np.uint8)
    agree = cv2.morphologyEx(agree, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    agree = cv2.morphologyEx(agree, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    # Beside a part that agrees, the window sees more of that than of a plain ground.
    agree = cv2.erode(agree, np.ones((_BEYOND, _BEYOND), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(agree)
    if count < 2:
        return None
    largest = 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    if stats[largest, cv2.CC_STAT_AREA] < _MIN_SHARE * agree.size:
        return None
    parts, _ = cv2.findContours(
        (labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    # A pixel reaches half a pixel beyond its centre, in whatever direction.
    pixels = np.concatenate(parts)[:, 0, None] + np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    points = pixels.reshape(-1, 2) / factor
    upright = _rectangle(points)
    turned = moved(_rectangle(moved(points, np.linalg.inv(back))), back)
    return min(upright, turned, key=area)


def _rectangle(points: np.ndarray) -> np.ndarray:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def area(corners: np.ndarray) -> float:
    """Of a polygon, float [n, 2]."""
    return cv2.contourArea(corners.astype(np.float32))


def moved(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Corners of pixels, float [n, 2], taken elsewhere by a matrix of pixels' centres."""
    return cv2.perspectiveTransform(corners[None] - 0.5, matrix)[0] + 0.5


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
