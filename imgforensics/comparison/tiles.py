"""An image of any size as overlapping squares of several sizes, resized to the network's input."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from imgforensics.images.fit import fit_square

_STEP = 2**0.5  # from one size of squares to the next smaller one
_MAX_TILES = 200  # tiles of an image, beyond which no smaller ones are cut
_MAX_ENLARGEMENT = 1.5  # pixels of the network's input for one of the image, at most


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

    The largest are as wide as the image's shorter side, and each size is 1 / sqrt 2 of the one
    before, as long as a square has 2/3 as many pixels as the network takes and there are no more
    than `most` tiles. So, of 200, some tile is filled by a third or more by any part of the image
    that covers 1/50 of it.

    Args:
        image: uint8 [height, width].
        side: pixels on each side of a tile, as the network takes them.
        most: tiles, beyond which no smaller ones are cut.
    """
    boxes, images = [_central(image.shape)], [fit_square(image, side)[None]]
    size = float(min(image.shape))
    if image.shape[0] == image.shape[1]:
        size /= _STEP  # the largest one is there already
    while size * _MAX_ENLARGEMENT >= side:
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
