"""Images of any size to the square that a network takes."""

import numpy as np
from PIL import Image


def fit_square(image: np.ndarray, side: int) -> np.ndarray:
    """Cuts the largest central square out of an image and resizes it.

    Pillow's bicubic filter widens when it reduces, and so doesn't alias. An image that has the size
    already is returned as it is.

    Args:
        image: uint8 [height, width].
        side: pixels on each side of the result.

    Returns:
        uint8 [side, side].
    """
    if image.shape == (side, side):
        return image
    square = min(image.shape)
    top, left = (image.shape[0] - square) // 2, (image.shape[1] - square) // 2
    square = Image.fromarray(image[top : top + square, left : left + square])
    return np.asarray(square.resize((side, side), Image.Resampling.BICUBIC))
