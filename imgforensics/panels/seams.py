"""Where pictures abut without a gutter: lines across which most pixels jump."""

import itertools

import numpy as np

from imgforensics.panels.panel import Box

_BANDS = 10  # of a seam, along which it is looked at
_SHARE = 0.8  # of the bands, across which there must be a jump
_JUMP = 6.0  # grey levels, at least
_RATIO = 3.5  # times the jumps of the lines nearby
_NEAR = 12  # lines on each side
_MIN_SIDE = 24  # pixels of a part


def split(pixels: np.ndarray, box: Box) -> list[Box]:
    """Splits a region at its seams, again and again.

    Args:
        pixels: uint8 [height, width].
        box: of the region.
    """
    for axis in (0, 1):
        places = _seams(box.of(pixels), axis)
        if places:
            return [part for piece in _cut(box, places, axis) for part in split(pixels, piece)]
    return [box]


def _cut(box, places, axis) -> list[Box]:
    low, high = (("top", "bottom"), ("left", "right"))[axis]
    edges = [getattr(box, low), *(getattr(box, low) + place for place in places),
             getattr(box, high)]  # fmt: skip
    return [box._replace(**{low: one, high: other}) for one, other in itertools.pairwise(edges)]


def _seams(region, axis) -> list[int]:
    """Numbers of the lines that begin another picture, along axis 0 (rows) or 1 (columns)."""
    lines = np.moveaxis(region, axis, 0).astype(np.float32)
    count, length = lines.shape
    if count < 2 * _MIN_SIDE or length < _MIN_SIDE:
        return []
    jumps = np.abs(np.diff(lines, axis=0))
    bands = np.array_split(jumps, min(_BANDS, length // 8), axis=1)
    medians = np.stack([np.median(band, axis=1) for band in bands])  # [bands, lines - 1]
    usual = np.stack([_nearby(each) for each in medians])
    strong = (medians >= _JUMP) & (medians >= _RATIO * (usual + 1))
    share = strong.mean(axis=0)
    found: list[int] = []
    for place in np.argsort(-share * 1e3 - medians.mean(axis=0), kind="stable").tolist():
        if share[place] < _SHARE:
            break
        if all(abs(place + 1 - other) >= _MIN_SIDE for other in (0, count, *found)):
            found.append(place + 1)
    return sorted(found)


def _nearby(jumps: np.ndarray) -> np.ndarray:
    """The median of the jumps of the lines around each, itself and its neighbours left out."""
    padded = np.pad(jumps, _NEAR + 1, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 3)
    others = np.delete(windows, [_NEAR, _NEAR + 1, _NEAR + 2], axis=1)
    return np.median(others, axis=1)
