"""An image as users give it: a file, or the pixels."""

import os

import numpy as np

from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError


def load(image: str | os.PathLike | np.ndarray) -> np.ndarray:
    """Reads an image, unless it is one already.

    Args:
        image: a file of a kind in `kinds.READ`, or a uint8 array [height, width].

    Returns:
        uint8 [height, width].

    Raises:
        UserError: the file can't be read, or the array is of another type or shape.
    """
    if not isinstance(image, np.ndarray):
        return read_gray(image)
    if image.ndim != 2 or image.dtype != np.uint8:
        raise UserError(
            f"an image is an array of {image.dtype} and shape {image.shape}: give grey levels, "
            "uint8 [height, width], or name a file"
        )
    return image
