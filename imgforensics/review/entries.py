"""The rows of a case as plain values: what a page or a report shows of each."""

import json
import pathlib
import sqlite3
from collections.abc import Iterator

import numpy as np
from PIL import Image

from imgforensics.comparison import regions
from imgforensics.library import store as stores
from imgforensics.library.store import Store
from imgforensics.screening.places import Box, Place
from imgforensics.screening.rows import IDENTICAL, Row
from imgforensics.utils.printable import printable

_Laid = dict[tuple[str, str, int], tuple[np.ndarray, np.ndarray, bool]]


def entries(store: Store, rows: list[Row]) -> list[dict]:
    """What is shown of each row.

    Args:
        store: the case.
        rows: the best first.

    Returns:
        Values that JSON takes. `a` and `b` name the panels (see `_side`); `matrix`, [3][3], takes
        pixels' centres of b's picture to those of a's, or is None where nothing was laid on
        each other; `first` and `second` are the hashes by which verdicts are known.
    """
    laid = _laid(store.catalogue)
    return [_entry(store.folder, rank, row, laid) for rank, row in enumerate(rows, 1)]


def _entry(folder, rank, row: Row, laid: _Laid) -> dict:
    first, second = row.pictures
    matrix, corners, inverted = _alignment(row, laid)
    verdict = row.judged
    return {
        "rank": rank,
        "group": row.group,
        "status": row.status,
        "versions": row.versions,
        "suppressed": row.suppressed,
        "f": row.f,
        "verified": row.verified,
        "inliers": row.inliers,
        "reason": row.reason,
        "first": first,
        "second": second,
        "matrix": None if matrix is None else matrix.tolist(),
        "inverted": inverted,
        "a": _side(folder, row.a, row.sha_a, row.box_a, corners[0]),
        "b": _side(folder, row.b, row.sha_b, row.box_b, corners[1]),
        "verdict": verdict._asdict() if verdict else None,
    }


def _side(folder, place: Place, picture: str, box: Box, corners) -> dict:
    """A panel: where it is, and which part of it.

    `size` and `corners` are in pixels of the panel's picture, `panel` in pixels of the figure,
    whose size is `figure_size`; `figure` and `box`, the region's, are fractions of the page.
    `figure_picture` and `sheet` name pictures of the figure and of its page, or are None;
    `page_size` is the page's width and height in any unit, or None where the figure is the page.
    """
    x0, y0, x1, y1 = place.panel
    has_figure = stores.figure_path(folder, place.figure_pixels).is_file()
    sheet = stores.sheet_path(folder, place.file, place.page)
    shown = _size(sheet)
    return {
        "picture": picture,
        "name": printable(pathlib.PurePath(place.path).name),
        "path": printable(place.path),
        "file": place.file,
        "page": place.page,
        "number": place.number,
        "in_library": place.in_library,
        "kind": place.kind,
        "size": [x1 - x0, y1 - y0],
        "corners": None if corners is None else corners.tolist(),
        "panel": list(place.panel),
        "figure_size": list(place.size),
        "figure_picture": place.figure_pixels if has_figure else None,
        "sheet": sheet.stem if shown else None,
        "page_size": shown or _page_size(place),
        "figure": list(place.figure),
        "box": list(box),
    }


def _size(picture: pathlib.Path) -> list[float] | None:
    """Width and height of an image file, in pixels; None where there is none."""
    try:
        with Image.open(picture) as opened:
            return list(opened.size)
    except OSError:
        return None


def _page_size(place: Place) -> list[float] | None:
    """A page's size as its figure would have it, whose pixels are square."""
    x0, y0, x1, y1 = place.figure
    if place.figure == (0, 0, 1, 1) or x0 >= x1 or y0 >= y1:
        return None
    return [place.size[0] / (x1 - x0), place.size[1] / (y1 - y0)]


def _alignment(row: Row, laid: _Laid):
    """The matrix from b to a, the corners in either picture, and whether greys are reversed."""
    if row.status == IDENTICAL:
        return np.eye(3), (None, None), False
    if row.region is None:
        return None, (None, None), False
    first, second = row.pictures
    matrix, corners, inverted = laid[first, second, row.region]
    back = np.linalg.inv(matrix)
    outlines = corners, regions.moved(corners, back)
    if row.sha_a == first:
        return matrix, outlines, inverted
    return back, outlines[::-1], inverted


def _laid(catalogue: sqlite3.Connection) -> _Laid:
    return dict(_rows_of_regions(catalogue))


def _rows_of_regions(catalogue) -> Iterator[tuple]:
    for first, second, number, matrix, corners, inverted in catalogue.execute(
        "select first, second, number, matrix, corners, inverted from regions"
    ):
        values = np.array(json.loads(matrix)), np.array(json.loads(corners)), bool(inverted)
        yield (first, second, number), values
