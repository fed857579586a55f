"""ASCII letters of eight faces as bit masks, rasterised once on the host.

The authors write with FreeFont, which no Python package ships; DejaVu comes with matplotlib and has
the same families and styles.
"""

import functools
import pathlib
import string
from typing import NamedTuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgforensics.utils.errors import UserError

LETTERS = string.ascii_letters
# The same eight families and styles, in the order of the authors' code.
FACES = (
    "SansMono-BoldOblique",
    "Sans-BoldOblique",
    "Serif-BoldItalic",
    "SansMono-Bold",
    "Sans-Bold",
    "Serif-Bold",
    "SansMono-Oblique",
    "Sans-Oblique",
)
ROWS = 32  # a column of a letter is one 32-bit word, bit r for row r below the ascender line


class Atlas(NamedTuple):
    """Letters as columns of bits.

    Attributes:
        columns: uint32 [faces, letters, width]; bit r of a column is its pixel in row r.
        advance: int32 [faces, letters], pixels from one letter's origin to the next one's.
        margin: columns on the left of a letter's origin, where slanted letters reach back.
    """

    columns: np.ndarray
    advance: np.ndarray
    margin: int


def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """Loads one of the `FACES` at a size in pixels, with letters set one by one."""
    path = pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf", f"DejaVu{face}.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def atlas(size: int) -> Atlas:
    """Rasterises all letters of all faces without anti-aliasing.

    Args:
        size: font size in pixels, at most 24, so that a letter fits into `ROWS`.
    """
    if not 4 <= size <= 24:
        raise UserError(f"text.size is {size}; give a font size between 4 and 24 pixels")
    margin, width = size, 3 * size
    columns = np.zeros((len(FACES), len(LETTERS), width), np.uint32)
    advance = np.zeros(columns.shape[:2], np.int32)
    bit = np.uint32(1) << np.arange(ROWS, dtype=np.uint32)
    for f, face in enumerate(FACES):
        drawn_with = font(face, size)
        for i, letter in enumerate(LETTERS):
            page = Image.new("1", (width, ROWS))
            ImageDraw.Draw(page).text((margin, 0), letter, fill=1, font=drawn_with)
            columns[f, i] = bit @ np.asarray(page, np.uint32)
            advance[f, i] = round(drawn_with.getlength(letter, mode="1"))
    inked = np.flatnonzero(columns.any(axis=(0, 1)))
    first, last = inked[0], inked[-1]
    return Atlas(columns[:, :, first : last + 1], advance, margin - first)
