"""Documents to what is kept of them: rows for the catalogue, and files of panels and pages.

Nothing is written here, so that other machines can do it.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from imgforensics.data import blank
from imgforensics.documents import read
from imgforensics.documents.figure import Document, Figure
from imgforensics.library import store as stores
from imgforensics.panels import furniture
from imgforensics.panels.find import find as find_panels
from imgforensics.panels.panel import MICROGRAPH, Box, Panel
from imgforensics.utils import digests

MIN_SIDE = 32  # pixels of the shorter side: smaller panels hold too little to compare


class Shown(NamedTuple):
    """A panel, and the picture that it shows.

    Attributes:
        panel: where it is, and what it is.
        sha256: of the picture's pixels and shape, in hexadecimal.
        size: width and height.
        look: `furniture.key` of it, in hexadecimal.
    """

    panel: Panel
    sha256: str
    size: tuple[int, int]
    look: str


class Extracted(NamedTuple):
    """A document with what is kept of it.

    Attributes:
        document: that was read, of whose figures the pixels are gone.
        sizes: width and height of each figure.
        panels: of each figure.
        pictures: PNG files of what panels show, by the hashes of their pixels.
        figures: JPEG files of figures that have several panels, likewise.
    """

    document: Document
    sizes: list[tuple[int, int]]
    panels: list[list[Shown]]
    pictures: Mapping[str, bytes]
    figures: Mapping[str, bytes]


@contextlib.contextmanager
def extracting() -> Iterator[Callable[[str, str], list[Extracted]]]:
    """Gives a function of a file's name and path, see `documents.read.reader`."""
    with read.reader() as read_one:
        yield lambda name, path: list(map(_extracted, read_one(name, path)))


def _extracted(document: Document) -> Extracted:
    panels, pictures, figures = [], {}, {}
    for figure in document.figures:
        found = _panels(figure)
        panels.append([_shown(panel, pixels) for panel, pixels in found])
        for (_, pixels), shown in zip(found, panels[-1]):
            if shown.sha256 not in pictures:
                pictures[shown.sha256] = stores.png(pixels)
        if len(found) > 1:
            figures[figure.pixels_sha256] = stores.jpeg(figure.pixels)
    sizes = [figure.pixels.shape[::-1] for figure in document.figures]
    gone = np.zeros((0, 0), np.uint8)
    light = tuple(dataclasses.replace(figure, pixels=gone) for figure in document.figures)
    return Extracted(dataclasses.replace(document, figures=light), sizes, panels, pictures, figures)


def _shown(panel: Panel, pixels: np.ndarray) -> Shown:
    height, width = pixels.shape
    digest, look = digests.of_pixels(pixels), f"{furniture.key(pixels):016x}"
    return Shown(panel, digest, (width, height), look)


def _panels(figure: Figure) -> list[tuple[Panel, np.ndarray]]:
    """The panels of a figure and their pixels; those without anything to compare say so.

    An image file that seems to hold no picture is one all the same: somebody chose to give it.
    """
    panels, found = find_panels(figure.pixels), []
    if figure.stream_sha256 == figure.sha256 and not any(panel.compared for panel in panels):
        panels = [Panel(Box(0, 0, *figure.pixels.shape[::-1]), MICROGRAPH, True, "")]
    for panel in panels:
        pixels = np.ascontiguousarray(panel.box.of(figure.pixels))
        if panel.compared and (reason := _reason_against(pixels)):
            panel = panel._replace(compared=False, reason=reason)
        found.append((panel, pixels))
    return found


def _reason_against(pixels) -> str | None:
    height, width = pixels.shape
    if min(height, width) < MIN_SIDE:
        return f"{width}x{height} pixels: it takes {MIN_SIDE} either way to compare"
    return blank.REASON if blank.is_blank(pixels) else None
