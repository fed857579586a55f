"""Cuts of a figure at white gutters, and the dense parts between them (recursive XY-cuts).

G. Nagy, S. Seth: Hierarchical representation of optically scanned documents, ICPR 1984.
"""

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from imgforensics.panels.panel import Box

INK = 247  # grey level below which a pixel is ink; JPEGs' paper is a little below 255
_GUTTER = 0.02  # of a line of pixels: with no more ink it is part of a gutter
_CLEAN = 0.005  # likewise, in a part that is dense all over
_MIN_GUTTER = 2  # pixels
_BLUR = 2  # pixels, by which a cut may be off
_STEP = 0.3  # of a line: ink that sets in at the side of a picture
_STROKE = 11  # pixels: narrower ink is a line or a letter
_SOLID = 0.9  # of its box: a blob with as much ink is a rectangle
_ALL = 0.95  # of a part: a blob that takes as much is the part itself
_DENSE = 0.6  # of a line: with more ink it is part of a picture
_CORE = 0.15  # of a side: dense lines in a row, that are cut out of what surrounds them
_FULL = 0.8  # of a part: ink with which it is dense all over
_LARGE_CORE = 0.6  # of a side: likewise, in a part that is dense all over


def parts(ink: np.ndarray, box: Box, least: int) -> Iterator[Box]:
    """Cuts a region as far as gutters go, and dense cores and rectangles out of what is left.

    Args:
        ink: bool [height, width].
        box: of the region.
        least: pixels of the shorter side of a part; smaller ones are dropped, as letters are.

    Yields:
        Boxes without white margins, that don't overlap.
    """
    box = trimmed(ink, box)
    if min(box.width, box.height) < least:
        return
    pieces = _at_gutters(ink, box) or _around_core(ink, box) or _blobs(ink, box, least)
    if not pieces:
        yield box
    for piece in pieces:
        yield from parts(ink, piece, least)


def trimmed(ink: np.ndarray, box: Box) -> Box:
    """The box without lines at its sides that have no ink, or hardly any."""
    rows, columns = _profiles(ink, box)
    rows, columns = np.flatnonzero(rows > 0), np.flatnonzero(columns > 0)
    if not len(rows) or not len(columns):
        return Box(box.left, box.top, box.left, box.top)
    return Box(
        box.left + int(columns[0]), box.top + int(rows[0]),
        box.left + int(columns[-1]) + 1, box.top + int(rows[-1]) + 1,
    )  # fmt: skip


def _profiles(ink, box) -> tuple[np.ndarray, np.ndarray]:
    """The share of ink in each row, and in each column, but for what blurs in from beyond."""
    inside = box.of(ink)
    rows, columns = (slice(_BLUR, -_BLUR) if side > 8 * _BLUR else slice(None)
                     for side in inside.shape)  # fmt: skip
    return inside[:, columns].mean(axis=1), inside[rows].mean(axis=0)


def _at_gutters(ink, box) -> list[Box]:
    """The pieces between gutters across the axis that has the widest; none where it has none."""
    rows, columns = _profiles(ink, box)
    # White spots of a bright picture are in line now and then, but hardly over all of it.
    most = _GUTTER if box.of(ink).mean() < _FULL else _CLEAN
    below, beside = _runs(rows <= most), _runs(columns <= most)
    widest = [max((end - start for start, end in runs), default=0) for runs in (below, beside)]
    if max(widest) < _MIN_GUTTER:
        return []
    if widest[0] >= widest[1]:
        return _pieces(box, below, "top", "bottom", box.height)
    return _pieces(box, beside, "left", "right", box.width)


def _pieces(box, gutters, low, high, length) -> list[Box]:
    gutters = [(start, end) for start, end in gutters if end - start >= _MIN_GUTTER]
    starts = [0, *(end for _, end in gutters)]
    ends = [*(start for start, _ in gutters), length]
    origin = getattr(box, low)
    return [
        box._replace(**{low: origin + start, high: origin + end})
        for start, end in zip(starts, ends)
        if end > start
    ]


def _around_core(ink, box) -> list[Box]:
    """Cuts the longest run of dense lines out of a part that is not dense all over."""
    least = _CORE if box.of(ink).mean() < _FULL else _LARGE_CORE
    rows, columns = _profiles(ink, box)
    for profile, low, high, length in (
        (rows, "top", "bottom", box.height),
        (columns, "left", "right", box.width),
    ):
        dense = profile > _DENSE
        start, end = max(_runs(dense), key=lambda run: run[1] - run[0], default=(0, 0))
        if least * length <= end - start < length and _is_abrupt(profile, start, end):
            origin = getattr(box, low)
            edges = [0, start, end, length]
            return [
                box._replace(**{low: origin + one, high: origin + other})
                for one, other in itertools.pairwise(edges)
                if other > one
            ]
    return []


def _is_abrupt(profile, start, end) -> bool:
    """Whether ink sets in and ends within few pixels, as it does at the sides of a picture."""
    first, last = start - _BLUR - 1, end + _BLUR
    rise = profile[start + _BLUR] - profile[first] if first >= 0 else 1.0
    fall = profile[end - 1 - _BLUR] - profile[last] if last < len(profile) else 1.0
    return rise >= _STEP and fall >= _STEP


def _blobs(ink, box, least) -> list[Box]:
    """Rectangles that are left where lines and letters are rubbed out, of a part that has some."""
    inside = box.of(ink).astype(np.uint8)
    if inside.mean() >= _FULL:
        return []
    solid = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((_STROKE, _STROKE), np.uint8))
    stats = cv2.connectedComponentsWithStats(solid, connectivity=4)[2][1:]
    return [
        Box(box.left + left, box.top + top, box.left + left + width, box.top + top + height)
        for left, top, width, height, area in stats.tolist()
        if min(width, height) >= least
        and area >= _SOLID * width * height
        and width * height < _ALL * box.area
    ]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Start and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
