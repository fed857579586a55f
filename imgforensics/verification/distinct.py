"""Whether two images fit only as they are laid on each other, or as well in many other ways.

Rows of bands, coins and lattices fit on each other in many ways, though they are not the same. A
copy fits in one: its places are more like their own counterparts than like any other place, by
their fine structure. Noise, blur and JPEG make the counterpart and all others less like, so that
the difference stays. It is a ratio test (Lowe 2004) of small windows in place of keypoints.
"""

import cv2
import numpy as np

WINDOW = 4.0  # pixels, see `dense.even`: finer than what bands and cells are by and large
_SIDE = 12  # of a place, in pixels of the halved image
_STEP = 6  # from one place to the next
_NEAR = 1  # pixels by which a counterpart may be off
_APART = 4  # pixels, within which a place is about the same one
_MIN_VARIANCE = 0.15  # of evened grey levels, with which there is something to see in a place
_MIN_OTHER_VARIANCE = 0.05  # likewise, of a place that it is compared with
_MAX_CORRELATION = 0.99


def distinctness(first: np.ndarray, laid: np.ndarray, mask: np.ndarray) -> float:
    """How much better the first image's places fit on their counterparts than elsewhere.

    Args:
        first, laid: float32 [height, width], without mean and contrast within `WINDOW`, of the
            first image and of the second one that lies on it.
        mask: bool [height, width], where both are given.

    Returns:
        The sum over all places, of which each counts by how much Fisher's z of its correlation with
        the counterpart exceeds that with the best of all other places; at least 0.
    """
    first, laid, mask = (_halved(each) for each in (first, laid, mask.astype(np.float32)))
    if min(first.shape) < _SIDE:
        return 0.0
    given = _means(mask) > 0.99
    clear = given & (_variances(laid) > _MIN_OTHER_VARIANCE)
    total = 0.0
    for y, x in _places(given & (_variances(first) > _MIN_VARIANCE)):
        place = first[y : y + _SIDE, x : x + _SIDE]
        found = np.where(clear, cv2.matchTemplate(laid, place, cv2.TM_CCOEFF_NORMED), 0)
        here = found[_around(y, _NEAR), _around(x, _NEAR)].max()
        found[_around(y, _APART), _around(x, _APART)] = 0
        best = np.clip([here, found.max()], 0, _MAX_CORRELATION)
        total += max(0.0, float(np.subtract(*np.arctanh(best))))
    return total


def visible(image: np.ndarray) -> int:
    """How many places of an image one can tell it by.

    Args:
        image: float32 [height, width], as in `distinctness`.
    """
    halved = _halved(image)
    return 0 if min(halved.shape) < _SIDE else len(_places(_variances(halved) > _MIN_VARIANCE))


def _places(worth: np.ndarray) -> list[list[int]]:
    """The upper left corners, of those on a grid, that are worth a look; bool [rows, columns]."""
    return (_STEP * np.argwhere(worth[::_STEP, ::_STEP])).tolist()


def _halved(image):
    height, width = image.shape
    return cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def _means(image):
    """Of each place, by its upper left corner."""
    sums = cv2.integral(image, sdepth=cv2.CV_64F)
    inner = sums[_SIDE:, _SIDE:] - sums[_SIDE:, :-_SIDE] - sums[:-_SIDE, _SIDE:]
    return (inner + sums[:-_SIDE, :-_SIDE]) / _SIDE**2


def _variances(image):
    return _means(image**2) - _means(image) ** 2


def _around(place, distance):
    return slice(max(place - distance, 0), place + distance + 1)
