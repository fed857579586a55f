"""The panels of a figure."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from imgforensics.panels import cuts, drawings, pictures, seams
from imgforensics.panels.panel import BLOT, MICROGRAPH, Box, Panel, panel

WORKING_SIDE = 1200  # pixels of the longer side, at which gutters and seams are looked for
LIKELY = 0.4  # likelihood from which a part is a picture
ABUTTING = 0.25  # likewise, of a piece of such a part, beside which there are pictures
CERTAIN = 0.9  # likewise, of a part of a larger drawing, and of its pieces
MOSTLY, NEARLY_ALL = 0.5, 0.85  # mean likelihood of the pieces of a part, of few and of many
MANY, MOST = 8, 24  # pieces: drawings fall into many at their lines, and squared paper into more
_WHOLE = 0.5  # of a drawing's box: a part that takes more is all there is
MIN_SIDE, MIN_AREA = 16, 1500  # pixels of a picture, there
MIN_INK = 0.6  # of a picture
MIN_CONTRAST = 1.0  # grey levels: standard deviation, below which nothing is shown
_BAR = 0.2  # of the largest piece's area: a strip of less is a data bar, which a seam sets off
_LONG = 2.0  # times as long as wide, or more: a strip
_BLUR, _THIN = 8, 48  # pixels beside a seam, and of a piece that has none to spare
_STRIP = 2.2  # times as wide as high, or more: of a blot


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
    shares = _shares_of_drawings(ink)
    taken = [
        piece
        for part in candidates(small)
        for piece in _pictures(small, part, fitted, shares(part) < _WHOLE)
    ]
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
    for part in cuts.parts(ink, Box(0, 0, small.shape[1], small.shape[0]), MIN_SIDE):
        dense = part.area >= MIN_AREA and part.of(ink).mean() >= MIN_INK
        if dense and part.of(small).std() >= MIN_CONTRAST:
            yield part


def pieces(small: np.ndarray, part: Box) -> Iterator[Box]:
    """What a part falls into at its seams, and at the gutters that show between those."""
    split = seams.split(small, part)
    if len(split) == 1:
        yield part
        return
    for piece in split:
        for inner in cuts.parts(small < cuts.INK, piece, MIN_SIDE):
            yield from [inner] if inner == piece else pieces(small, inner)


def inside(piece: Box, part: Box) -> Box:
    """What is measured of a piece of a part: not what blurs in from beyond its seams."""
    if piece == part or min(piece.width, piece.height) < _THIN:
        return piece
    left, top, right, bottom = piece
    return Box(left + _BLUR, top + _BLUR, right - _BLUR, bottom - _BLUR)


def _pictures(small, part, fitted, attached) -> list[Box]:
    """The pictures in a part, which may have abutted."""
    if pictures.likelihood(part.of(small), fitted) < (CERTAIN if attached else LIKELY):
        return []
    found = {
        piece: pictures.likelihood(inside(piece, part).of(small), fitted)
        for piece in pieces(small, part)
    }
    if not found or _is_drawing(found):
        return []
    largest = max(piece.area for piece in found)
    least = CERTAIN if attached else ABUTTING
    return [
        piece
        for piece, likelihood in found.items()
        if likelihood >= least and not _is_bar(piece, largest)
    ]


def _is_drawing(found: dict[Box, float]) -> bool:
    """Whether pieces are those of a drawing, of which lines were taken for seams."""
    if len(found) == 1:
        return False
    area = sum(piece.area for piece in found)
    likely = sum(piece.area * likelihood for piece, likelihood in found.items())
    least = MOSTLY if len(found) <= MANY else NEARLY_ALL
    return len(found) > MOST or likely < least * area


def _is_bar(piece, largest) -> bool:
    """Whether a piece is a data bar, or a row of letters."""
    sides = sorted((piece.width, piece.height))
    return piece.area < _BAR * largest and sides[1] >= _LONG * sides[0]


def _shares_of_drawings(ink) -> Callable[[Box], float]:
    """A function that tells how much a part takes of the connected drawing that it belongs to.

    Pictures stand alone; bars hang on an axis, and balls on sticks.
    """
    labels, stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)[1:3]
    areas = stats[:, cv2.CC_STAT_WIDTH].astype(float) * stats[:, cv2.CC_STAT_HEIGHT]

    def share(part: Box) -> float:
        counts = np.bincount(part.of(labels).ravel())
        counts[0] = 0  # paper
        return part.area / areas[counts.argmax()]

    return share


def _enlarged(box, scale, shape) -> Box:
    height, width = shape
    left, top, right, bottom = (round(value / scale) for value in box)
    return Box(left, top, min(right, width), min(bottom, height))
