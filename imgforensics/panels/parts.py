"""The parts of a figure that may be pictures, and the pieces that they fall into at their seams."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.panels import cuts, seams
from imgforensics.panels.panel import Box

MIN_SIDE, MIN_AREA = 16, 1500  # pixels of a picture, at the size at which it is looked for
MIN_INK = 0.6  # of a picture
MIN_CONTRAST = 1.0  # grey levels: standard deviation, below which nothing is shown
_BLUR, _THIN = 8, 48  # pixels beside a seam, and of a piece that has none to spare


class Part(NamedTuple):
    """A part of a figure.

    Attributes:
        box: pixels of the figure.
        inside: what is measured of it: not what blurs in from beyond its seams.
        pieces: what it falls into; none where it has no seam.
        likelihood: of being a picture, from 0 to 1; 0 until it was judged.
    """

    box: Box
    inside: Box
    pieces: tuple["Part", ...] = ()
    likelihood: float = 0.0


def parts(pixels: np.ndarray) -> tuple[Part, ...]:
    """The parts between gutters that are large and dense enough for a picture.

    Args:
        pixels: uint8 [height, width], at the size at which pictures are looked for.
    """
    ink = pixels < cuts.INK
    found = cuts.parts(ink, Box(0, 0, pixels.shape[1], pixels.shape[0]), MIN_SIDE)
    return tuple(
        Part(box, box, _pieces(pixels, ink, box))
        for box in found
        if box.area >= MIN_AREA
        and box.of(ink).mean() >= MIN_INK
        and box.of(pixels).std() >= MIN_CONTRAST
    )


def flat(tree: Iterable[Part]) -> Iterator[Part]:
    """Parts, each before its pieces."""
    for part in tree:
        yield part
        yield from flat(part.pieces)


def judged(tree: Iterable[Part], likelihoods: Iterator[float]) -> tuple[Part, ...]:
    """The same parts with their likelihoods, which come in the order of `flat`."""
    return tuple(
        part._replace(likelihood=next(likelihoods), pieces=judged(part.pieces, likelihoods))
        for part in tree
    )


def _pieces(pixels, ink, box) -> tuple[Part, ...]:
    """What a part falls into at its seams, and at the gutters that show between those."""
    split = seams.split(pixels, box)
    if len(split) == 1:
        return ()
    found = [inner for piece in split for inner in cuts.parts(ink, piece, MIN_SIDE)]
    return tuple(
        Part(inner, _inside(inner), () if inner == box else _pieces(pixels, ink, inner))
        for inner in found
    )


def _inside(box) -> Box:
    if min(box.width, box.height) < _THIN:
        return box
    left, top, right, bottom = box
    return Box(left + _BLUR, top + _BLUR, right - _BLUR, bottom - _BLUR)
