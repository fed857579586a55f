"""A page of panels with captions, below some lines of text."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_WIDTH, _GAP, _CAPTION, _LINE = 1620, 20, 26, 26  # pixels
_MAX_HEIGHT = 1000  # pixels of a panel
_PAPER, _INK = "white", "black"


class Panel(NamedTuple):
    """A picture with what it shows in words; uint8 [height, width, 3]."""

    caption: str
    pixels: np.ndarray


def size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Height and width of a panel of about side² pixels that shows an image of a shape.

    So elongated images can be read, too; none is wider than the page.
    """
    height, width = shape[:2]
    factor = side / np.sqrt(height * width)
    factor = min(factor, (_WIDTH - 2 * _GAP) / width, _MAX_HEIGHT / height)
    return max(1, round(factor * height)), max(1, round(factor * width))


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """An image at the size of a panel."""
    height, width = size(image.shape, side)
    how = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=how)


def draw(lines: Sequence[str], colour: str, rows: Sequence[Sequence[Panel]]) -> Image.Image:
    """Draws a page.

    Args:
        lines: of text; the first one is larger, and has the colour.
        colour: of Pillow.
        rows: of panels from left to right; what doesn't fit into the width goes below.

    Returns:
        RGB.
    """
    placed, bottom = _placed(rows, top=_GAP + _LINE * (len(lines) + 1))
    page = Image.new("RGB", (_WIDTH, bottom), _PAPER)
    pen, y = ImageDraw.Draw(page), _GAP // 2
    for number, line in enumerate(lines):
        fill, points = (_INK, 17) if number else (colour, 26)
        pen.text((_GAP, y), line, fill=fill, font=ImageFont.load_default(points))
        y += _LINE if number else _LINE + 12
    for panel, (x, y) in placed:
        pen.text((x, y), panel.caption, fill=_INK, font=ImageFont.load_default(16))
        page.paste(Image.fromarray(panel.pixels), (x, y + _CAPTION))
    return page


def _placed(rows, top) -> tuple[list[tuple[Panel, tuple[int, int]]], int]:
    """The panels with their left and top ends, and where the next row would begin."""
    placed = []
    for row in rows:
        x, height = _GAP, 0
        for panel in row:
            width = max(panel.pixels.shape[1], _words_width(panel.caption))
            if x > _GAP and x + width > _WIDTH - _GAP:
                x, top, height = _GAP, top + height + _CAPTION + _GAP, 0
            placed.append((panel, (x, top)))
            x, height = x + width + _GAP, max(height, panel.pixels.shape[0])
        top += height + _CAPTION + _GAP
    return placed, top


def _words_width(caption: str) -> int:
    return round(ImageFont.load_default(16).getlength(caption))
