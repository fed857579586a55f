"""Whether two images fit only as they are laid on each other, or as well in many other ways.

Rows of bands, coins and lattices fit on each other wherever they are laid down by chance or by
rule. A copy fits in one way only: each place of it is more like its own counterpart than like any
other place. That is what is counted here, place by place; noise, blur and JPEG make the counterpart
and all others less like, and so take nothing from the comparison.
"""

from typing import NamedTuple

import cv2
import numpy as np

SIDE = 12  # of a place, in pixels of the halved image
_STEP = 6  # from one place to the next
_NEAR = 1  # pixels by which a counterpart may be off
_APART = 4  # pixels, from which on a place is another one
_MIN_VARIANCE = 0.15  # of evened grey levels, with which there is something to see in a place
_MIN_VARIANCE_OF_OTHER = 0.05
_MAX_CORRELATION = 0.98


class Distinctness(NamedTuple):
    """How the places of the first image fit on the second.

    Attributes:
        places: how many there are with something to see in them.
        share: of them, those that fit on their counterpart better than on any other place.
        margin: mean difference of Fisher's z of either correlation, positive for copies.
    """

    places: int = 0
    share: float = 0.0
    margin: float = 0.0


def visible(soft: np.ndarray) -> int:
    """How many places of an image, float32 [height, width] as of `measure`, one can tell by."""
    image = _halved(soft)
    return 0 if min(image.shape) < SIDE else len(_places(_variances(image) > _MIN_VARIANCE))


def measure(first: np.ndarray, laid: np.ndarray, mask: np.ndarray) -> Distinctness:
    """Compares each place of the first image with all places of the second that lies on it.

    Args:
        first, laid: float32 [height, width], evened and softened grey levels (`evidence.soften`).
        mask: bool [height, width], where both are given.
    """
    first, laid, mask = (_halved(each) for each in (first, laid, mask.astype(np.float32)))
    if min(first.shape) < SIDE:
        return Distinctness()
    given = _means(mask) > 0.99
    clear = given & (_variances(laid) > _MIN_VARIANCE_OF_OTHER)
    here, elsewhere = [], []
    for y, x in _places(given & (_variances(first) > _MIN_VARIANCE)):
        place = first[y : y + SIDE, x : x + SIDE]
        found = np.where(clear, cv2.matchTemplate(laid, place, cv2.TM_CCOEFF_NORMED), 0)
        here.append(found[_around(y, _NEAR), _around(x, _NEAR)].max())
        found[_around(y, _APART), _around(x, _APART)] = 0
        elsewhere.append(found.max())
    if not here:
        return Distinctness()
    here, elsewhere = (np.clip(each, 0, _MAX_CORRELATION) for each in (here, elsewhere))
    return Distinctness(
        places=len(here),
        share=float((here > elsewhere).mean()),
        margin=float((np.arctanh(here) - np.arctanh(elsewhere)).mean()),
    )


def _places(worth: np.ndarray) -> list[tuple[int, int]]:
    """The upper left corners of those on a grid that are worth a look, bool [rows, columns]."""
    return [(y * _STEP, x * _STEP) for y, x in np.argwhere(worth[::_STEP, ::_STEP]).tolist()]


def _halved(image):
    height, width = image.shape
    return cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def _means(image):
    """Of each place, by its upper left corner; [height - SIDE + 1, width - SIDE + 1]."""
    sums = cv2.integral(image, sdepth=cv2.CV_64F)
    inner = sums[SIDE:, SIDE:] - sums[SIDE:, :-SIDE] - sums[:-SIDE, SIDE:] + sums[:-SIDE, :-SIDE]
    return inner / SIDE**2


def _variances(image):
    return _means(image**2) - _means(image) ** 2


def _around(place, distance):
    return slice(max(place - distance, 0), place + distance + 1)
