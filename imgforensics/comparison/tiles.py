"""An image of any size as overlapping squares of several sizes, resized to the network's input."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from imgforensics.comparison.regions import Outline
from imgforensics.images.fit import fit_square

_STEP = 2**0.5  # from one size of squares to the next smaller one
_MAX_TILES = 200  # tiles of an image, beyond which no smaller ones are cut
_MAX_ENLARGEMENT = 1.5  # pixels of the network's input for one of the image, of small tiles
_MAX_CANDIDATES = 4  # pairs of tiles that are looked at closely
_MAX_SEARCHED = 5000  # pairs of tiles, at most, among which these are looked for
_MAX_OVERLAP = 0.3  # of tiles, from which on two pairs are about the same


class Tiles(NamedTuple):
    """Squares of an image.

    Attributes:
        boxes: float64 [n, 3], left, top and side of each in pixels of the image; the first is the
            largest central one.
        images: uint8 [n, side, side].
    """

    boxes: np.ndarray
    images: np.ndarray


def cut(image: np.ndarray, side: int, most: int = _MAX_TILES) -> Tiles:
    """Cuts an image into squares that overlap by half or more.

    The largest are as wide as the image's shorter side, however small. Each size is 1 / sqrt 2 of
    the one before, as long as a square has 2/3 as many pixels as the network takes and there are no
    more than `most` tiles. So, of 200, some tile is filled by a third or more by any part of the
    image that covers 1/50 of it.

    Args:
        image: uint8 [height, width].
        side: pixels on each side of a tile, as the network takes them.
        most: tiles, beyond which no smaller ones are cut.
    """
    boxes, images = [_central(image.shape)], [fit_square(image, side)[None]]
    largest = size = float(min(image.shape))
    if image.shape[0] == image.shape[1]:
        size /= _STEP  # the largest one is there already
    while size == largest or size * _MAX_ENLARGEMENT >= side:
        width, height = (round(length * side / size) for length in image.shape[::-1])
        lefts, tops = _places(width, side), _places(height, side)
        if len(boxes) + len(lefts) * len(tops) > most:
            break
        resized = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(resized), (side, side))
        images.append(windows[tops][:, lefts].reshape(-1, side, side))
        # Evenly spaced, too, and to the ends of the image whatever was rounded.
        x = np.linspace(0, image.shape[1] - size, len(lefts))
        y = np.linspace(0, image.shape[0] - size, len(tops))
        boxes += [(left, top, size) for top in y for left in x]
        size /= _STEP
    return Tiles(np.array(boxes), np.concatenate(images))


def _central(shape) -> tuple[float, float, float]:
    shorter = min(shape)
    return (shape[1] - shorter) // 2, (shape[0] - shorter) // 2, shorter


def _places(length: int, side: int) -> np.ndarray:
    """int [n]: evenly spaced starts of windows that overlap by half or more, end to end."""
    count = int(np.ceil(2 * (length - side) / side)) + 1
    return np.round(np.linspace(0, length - side, count)).astype(int)


def closest(
    f: np.ndarray, first: np.ndarray, second: np.ndarray, known: Sequence[Outline]
) -> list[tuple[int, int]]:
    """The pairs of tiles with the smallest f, one of each group that overlap in both images.

    Args:
        f: float [n, m], of all pairs.
        first, second: float [n, 3] and [m, 3], the tiles' boxes.
        known: outlines of what is known to be common; tiles that lie there in both images are left
            out.
    """
    left = f.copy()
    for one, other in known:
        left[np.ix_(_lie_in(first, one), _lie_in(second, other))] = np.inf
    chosen = []
    for number in np.argsort(left, axis=None)[:_MAX_SEARCHED]:
        i, j = divmod(int(number), f.shape[1])
        if left[i, j] == np.inf or len(chosen) == _MAX_CANDIDATES:
            break
        if all(
            min(_shared(first[i], first[k]), _shared(second[j], second[m])) < _MAX_OVERLAP
            for k, m in chosen
        ):
            chosen.append((i, j))
    return chosen


def _lie_in(boxes: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """bool [n]: of which boxes a good part lies in the upright rectangle around corners."""
    low = np.maximum(boxes[:, :2], corners.min(axis=0))
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], corners.max(axis=0))
    return np.prod(np.maximum(high - low, 0), axis=1) > _MAX_OVERLAP * boxes[:, 2] ** 2


def _shared(one, other) -> float:
    """Intersection over union of two squares."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2], other[:2] + other[2])
    area = np.prod(np.maximum(high - low, 0))
    return area / (one[2] ** 2 + other[2] ** 2 - area)
