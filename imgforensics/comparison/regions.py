"""What two images have in common, once it is known how one lies on the other."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.verification import content, dense
from imgforensics.verification.evidence import local_correlation, soften

_SIDE = 384  # square root of the pixels, at which agreement is looked at
_WINDOW = 6.0  # of these pixels, in which agreement is looked at
_MIN_CORRELATION = 0.5  # local, which half a window of the same and half of others gives
_MIN_SHOWN = 0.9  # of a pixel
_BEYOND = 9  # pixels, by which both ends of what agrees lie beyond it
_MIN_SHARE = 0.002  # of the first image: less is chance
_MAX_PIECES = 20  # of what agrees, that are looked at
_MIN_CONTRAST = 0.35  # of evened grey levels: less is noise, and neither agrees nor differs
_MAX_DIFFERENT = 0.15  # of what there is to see where a rectangle grows around one more piece


Outline = tuple[np.ndarray, np.ndarray]  # float [4, 2] each: corners in the first and second image


class Clean(NamedTuple):
    """An image and where it shows something.

    Attributes:
        pixels: uint8 [height, width]; smooth where nothing is shown.
        shown: bool [height, width]; False where something was drawn on it or around it.
    """

    pixels: np.ndarray
    shown: np.ndarray


def clean(image: np.ndarray) -> Clean:
    """Finds out where an image, uint8 [height, width], shows something."""
    shown = ~content.drawn(image)
    return Clean(content.filled(image, shown), shown)


def common(
    first: Clean,
    second: Clean,
    matrix: np.ndarray,
    inverted: bool,
    known: Sequence[Outline] = (),
) -> np.ndarray | None:
    """A rectangle around the largest part in which both agree.

    Pieces that agree are one part if not much differs within the rectangle around them; where there
    is nothing to see, nothing differs. The rectangle is upright in the first image or in the second,
    whichever makes it smaller.

    Args:
        first, second: the images, of any sizes.
        matrix: float [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the first.
        inverted: whether grey levels are reversed.
        known: what is left out: pixels that lie in one of these in both images.

    Returns:
        float64 [4, 2], x and y of its corners in the first image, to within some hundredth of that;
        (0, 0) is the first pixel's outer corner. None where nothing agrees.
    """
    factor = min(1.0, _SIDE / np.sqrt(first.pixels.size))
    shape = tuple(max(1, round(length * factor)) for length in first.pixels.shape)
    small, shown = (
        cv2.resize(each, shape[::-1], interpolation=cv2.INTER_AREA)
        for each in (first.pixels, first.shown.astype(np.float32))
    )
    back, matrix = matrix, scaling(factor) @ matrix
    laid = lay(second.pixels, matrix, shape, cv2.BORDER_REPLICATE)
    covered = cv2.warpPerspective(second.shown.astype(np.float32), matrix, shape[::-1])
    mask = (shown > _MIN_SHOWN) & (covered > _MIN_SHOWN)
    one, other = (soften(dense.even(each)) for each in (small, laid))
    agreement = local_correlation(one, -other if inverted else other, mask, _WINDOW)
    for outline in known:
        mask &= ~_inside(outline, matrix, shape, factor)
    agree: np.ndarray = ((agreement > _MIN_CORRELATION) & mask).astype(np.uint8)
    agree = cv2.morphologyEx(agree, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    agree = cv2.morphologyEx(agree, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    agrees = agree > 0
    differ = (agree == 0) & mask & (_contrast(one) | _contrast(other))
    # Beside a part that agrees, the window sees more of that than of a plain ground.
    beyond = cv2.erode(agree | ~mask, np.ones((_BEYOND, _BEYOND), np.uint8))
    agree &= beyond & mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(agree)
    areas = stats[:, cv2.CC_STAT_AREA]
    order = 1 + np.argsort(-areas[1:])[:_MAX_PIECES]
    if not len(order) or areas[order[0]] < _MIN_SHARE * agree.size:
        return None
    pieces = [_outline(labels == number) for number in order]

    def rectangle(points):
        upright = _rectangle(points)
        turned = moved(_rectangle(moved(points / factor, np.linalg.inv(back))), back) * factor
        return min(upright, turned, key=area)

    points = pieces[0]
    for piece in pieces[1:]:
        joined = np.concatenate([points, piece])
        more = _filled(rectangle(joined), shape) & ~_filled(rectangle(points), shape)
        different = differ[more].sum()
        if different < _MAX_DIFFERENT * (different + agrees[more].sum()):
            points = joined
    return rectangle(points) / factor


def _outline(piece: np.ndarray) -> np.ndarray:
    """Corners of the pixels on the border of a connected piece, float [n, 2]."""
    found, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # A pixel reaches half a pixel beyond its centre, in whatever direction.
    pixels = np.concatenate(found)[:, 0, None] + np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    return pixels.reshape(-1, 2).astype(float)


def _contrast(even: np.ndarray) -> np.ndarray:
    """bool [height, width]: where there is more than noise to see."""
    return cv2.GaussianBlur(even**2, (0, 0), _WINDOW) > _MIN_CONTRAST**2


def _inside(outline, matrix, shape, factor) -> np.ndarray:
    """bool [height, width]: where both parts of an outline lie on each other."""
    return _filled(outline[0] * factor, shape) & _filled(moved(outline[1], matrix), shape)


def _filled(corners, shape) -> np.ndarray:
    """bool [height, width]: within a convex polygon."""
    filled: np.ndarray = np.zeros(shape, np.uint8)
    return cv2.fillConvexPoly(filled, np.round(corners - 0.5).astype(np.int32), 1) > 0


def _rectangle(points: np.ndarray) -> np.ndarray:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def area(corners: np.ndarray) -> float:
    """Of a polygon, float [n, 2]."""
    return cv2.contourArea(corners.astype(np.float32))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex polygons, float [n, 2] each."""
    both, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return both / (area(one) + area(other) - both)


def moved(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Corners of pixels, float [n, 2], taken elsewhere by a matrix of pixels' centres."""
    return cv2.perspectiveTransform(corners[None] - 0.5, matrix)[0] + 0.5


def scaling(factor: float) -> np.ndarray:
    """Takes pixels of an image to those of one that is `factor` times as large, float64 [3, 3]."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


def lay(
    image: np.ndarray, matrix: np.ndarray, shape: tuple[int, int], border: int = cv2.BORDER_CONSTANT
) -> np.ndarray:
    """An image laid on another of a shape, uint8.

    Pixels that become smaller are averaged first, so that fine texture doesn't alias.

    Args:
        image: uint8 [height, width].
        matrix: float [3, 3], takes its pixels to those of the other.
        shape: height and width of the other.
        border: what is where it is not: its mean level, or `cv2.BORDER_REPLICATE`, which makes no
            edge.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale < 0.7:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return cv2.warpPerspective(
        image,
        matrix,
        shape[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=float(image.mean()),
    )
