"""The panels of a figure."""

from collections.abc import Iterator

import cv2
import numpy as np

from imgforensics.panels import cuts, drawings, pictures, seams
from imgforensics.panels.panel import BLOT, MICROGRAPH, Box, Panel, panel

WORKING_SIDE = 1200  # pixels of the longer side, at which gutters and seams are looked for
LIKELY = 0.4  # likelihood from which a part is a picture
MIN_SIDE, MIN_AREA = 16, 1500  # pixels of a picture, there
MIN_INK = 0.6  # of a picture
_BAR = 0.2  # of the largest piece's area: less is a data bar, or letters, that a seam sets off
_STRIP = 2.2  # times as wide as high, or more


def find(pixels: np.ndarray, fitted: pictures.Fitted | None = None) -> list[Panel]:
    """Finds the panels of a figure.

    Figures are cut at white gutters, and pictures at seams where they abut. What is drawn between
    pictures is gathered to charts and schematics; letters outside of panels are left out.

    Args:
        pixels: uint8 [height, width].
        fitted: tells pictures from drawings; by default what comes with the package.

    Returns:
        The panels, from the top to the bottom and from the left to the right.
    """
    small, scale = reduced(pixels)
    ink, fitted = small < cuts.INK, fitted or pictures.shipped()
    taken = [piece for part in candidates(small) for piece in _pictures(small, part, fitted)]
    found = [(box, BLOT if box.width >= _STRIP * box.height else MICROGRAPH) for box in taken]
    found += drawings.group(ink, taken, pixels.size)
    panels = [panel(_enlarged(box, scale, pixels.shape), kind) for box, kind in found]
    return sorted(panels, key=lambda each: (each.box.top, each.box.left))


def reduced(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """The figure at the size at which it is looked at, and by what it was scaled."""
    scale = min(1.0, WORKING_SIDE / max(pixels.shape))
    if scale == 1:
        return pixels, 1.0
    size = [max(1, round(scale * side)) for side in pixels.shape[::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), scale


def candidates(small: np.ndarray) -> Iterator[Box]:
    """Parts between gutters that are large and dense enough for a picture."""
    ink = small < cuts.INK
    for part in cuts.parts(ink, Box(0, 0, small.shape[1], small.shape[0])):
        large = min(part.width, part.height) >= MIN_SIDE and part.area >= MIN_AREA
        if large and part.of(ink).mean() >= MIN_INK:
            yield part


def _pictures(small, part, fitted) -> list[Box]:
    """The pictures in a part, which may have abutted."""
    if pictures.likelihood(part.of(small), fitted) < LIKELY:
        return []
    pieces = seams.split(small, part)
    largest = max(piece.area for piece in pieces)
    return [
        piece
        for piece in pieces
        if piece.area >= _BAR * largest and pictures.likelihood(piece.of(small), fitted) >= LIKELY
    ]


def _enlarged(box, scale, shape) -> Box:
    height, width = shape
    left, top, right, bottom = (round(value / scale) for value in box)
    return Box(left, top, min(right, width), min(bottom, height))
