"""One picture of many thumbnails."""

import math

import numpy as np
from PIL import Image

# Pixels of a sheet's side: what phones decode, and half of what TensorBoard's projector takes.
_SHEET = 4096
_THUMBNAIL = 128  # pixels of a thumbnail's side, at most


def sheet(images: np.ndarray) -> tuple[Image.Image, int, int]:
    """Lays thumbnails out row by row on a square.

    Args:
        images: uint8 [N, side, side], N >= 1.

    Returns:
        The picture, in gray, with white where there is no thumbnail; the side of a thumbnail in
        pixels, as large as the sheet of at most 4096 pixels allows; and how many are in a row.
    """
    columns = math.ceil(math.sqrt(len(images)))
    side = min(_THUMBNAIL, images.shape[1], _SHEET // columns)
    picture = Image.new("L", (columns * side, columns * side), 255)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        thumbnail = Image.fromarray(image).resize((side, side), Image.Resampling.BOX)
        picture.paste(thumbnail, (column * side, row * side))
    return picture, side, columns
