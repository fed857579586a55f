"""Logos, banners and badges: what journals set at one place on many pages."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

DOCUMENTS, PAGES = 3, 3  # in which something recurs, so that it is furniture
_ROWS, _COLUMNS = 8, 9  # of which a key compares neighbours
_STEP = 4  # grey levels by which neighbours must differ
_PLACES = 25  # of a page's side: what is at one of them is at one place


class Seen(NamedTuple):
    """A panel on a page.

    Attributes:
        document: tells documents apart.
        page: its number.
        box: x0, y0, x1, y1 in fractions of the page.
        key: of its pixels.
    """

    document: str
    page: int
    box: tuple[float, float, float, float]
    key: int


def key(pixels: np.ndarray) -> int:
    """Where a panel gets darker from left to right, on a coarse grid (dHash), as bits.

    Args:
        pixels: uint8 [height, width].
    """
    small = cv2.resize(pixels, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA).astype(int)
    darker = np.diff(small, axis=1) < -_STEP
    return int("".join("1" if each else "0" for each in darker.ravel()), 2)


def recurring(panels: Sequence[Seen]) -> set[int]:
    """Numbers of the panels that recur, alike and at one place of the page.

    That is in `DOCUMENTS` documents, or on `PAGES` pages of one. An image that is re-used is hardly
    ever so: it would have the same place in three articles. Panels of image files, which have no
    pages, are not to be given.
    """
    alike = defaultdict(list)
    for number, panel in enumerate(panels):
        alike[panel.key, place(panel.box)].append(number)
    return {number for group in alike.values() if _recurs(panels, group) for number in group}


def on_page(
    figure: tuple[float, ...], size: tuple[int, int], panel: tuple[int, ...]
) -> tuple[float, float, float, float]:
    """A panel's box in fractions of the page.

    Args:
        figure: x0, y0, x1, y1 of its figure, in fractions of the page.
        size: width and height of the figure in pixels.
        panel: x0, y0, x1, y1 in pixels of the figure.
    """
    left, top, right, bottom = figure
    across, down = (right - left) / size[0], (bottom - top) / size[1]
    x0, y0, x1, y1 = panel
    return left + across * x0, top + down * y0, left + across * x1, top + down * y1


def place(box: tuple[float, float, float, float]) -> tuple[int, int]:
    """Where on a page the middle of a box is: equal for what is at one place."""
    left, top, right, bottom = box
    return round(_PLACES * (left + right) / 2), round(_PLACES * (top + bottom) / 2)


def _recurs(panels, group) -> bool:
    pages = defaultdict(set)
    for number in group:
        pages[panels[number].document].add(panels[number].page)
    return len(pages) >= DOCUMENTS or max(map(len, pages.values())) >= PAGES
