"""Where pictures abut: lines across which they break off, and narrow gutters of any grey level.

Lines of a picture that are side by side are alike, even of a rough one, and lines of two pictures
are not: so nearly all bands along a seam change more there than nearby. A gutter is calm: along it
there is less change than along the lines nearby.
"""

import itertools

import cv2
import numpy as np

from imgforensics.panels.panel import Box

_BANDS = 12  # of a line, which are looked at one by one
_MOST = 64  # grey levels: a change counts no more, or one letter would decide for its band
_NEAR = 12  # lines on each side that a line is compared with, but for those next to it
_JUMP, _JUMP_RATIO = 3.0, 1.35  # grey levels more than usual nearby, and times that, of a seam
_USUAL = 0.7  # quantile of the lines nearby: those of the other side of a gutter may jump as well
_SEAM = 0.9  # of the bands
_CALM_RATIO, _CALM_QUANTILE = 0.7, 0.25  # times what the calm lines nearby have, of a gutter
_ROUGH = 4.0  # grey levels: where lines nearby change less, calm says nothing
_GUTTER = 0.6  # of the bands
_PAPER = 250  # grey level, from which a band is paper
_MIN_SIDE = 24  # pixels of a part


def split(pixels: np.ndarray, box: Box) -> list[Box]:
    """Splits a region at the seams across it, or else along it.

    Args:
        pixels: uint8 [height, width].
        box: of the region.
    """
    for axis in (0, 1):
        places = _seams(box.of(pixels), axis)
        if places:
            return _cut(box, places, axis)
    return [box]


def _cut(box, places, axis) -> list[Box]:
    low, high = (("top", "bottom"), ("left", "right"))[axis]
    edges = [getattr(box, low), *(getattr(box, low) + place for place in places),
             getattr(box, high)]  # fmt: skip
    return [box._replace(**{low: one, high: other}) for one, other in itertools.pairwise(edges)]


def _seams(region, axis) -> list[int]:
    """Numbers of the lines that begin another picture, along axis 0 (rows) or 1 (columns)."""
    lines = np.ascontiguousarray(np.moveaxis(region, axis, 0))
    count, length = lines.shape
    if count < 2 * _MIN_SIDE or length < _MIN_SIDE:
        return []
    strength = np.maximum(_breaks(lines), _calm(lines))
    found: list[int] = []
    for place in np.argsort(-strength, kind="stable").tolist():
        if not strength[place]:
            break
        if all(abs(place + 1 - other) >= _MIN_SIDE for other in (0, count, *found)):
            found.append(place + 1)
    return sorted(found)


def _breaks(lines) -> np.ndarray:
    """How much lines differ from the next, where that breaks the picture off; elsewhere 0."""
    jumps = _means(cv2.absdiff(lines[1:], lines[:-1]))
    usual = _nearby(jumps, _USUAL)
    strong = jumps > np.maximum(_JUMP_RATIO * usual, usual + _JUMP)
    drawn = _means(np.minimum(lines[1:], lines[:-1]), most=255) < _PAPER
    share = (strong & drawn).sum(axis=1) / np.maximum(drawn.sum(axis=1), 1)
    return np.where(share >= _SEAM, share + jumps.mean(axis=1), 0)


def _calm(lines) -> np.ndarray:
    """How many bands of a line are calmer than nearby, where it may be a gutter; elsewhere 0."""
    changes = _means(cv2.absdiff(lines[:-1, 1:], lines[:-1, :-1]))
    usual = _nearby(changes, _CALM_QUANTILE)
    share = ((changes < _CALM_RATIO * usual) & (usual >= _ROUGH)).mean(axis=1)
    return np.where(share >= _GUTTER, share, 0)


def _means(changes, most=_MOST) -> np.ndarray:
    """Mean change of each line in each of its bands: float32 [lines, bands]."""
    length = changes.shape[1]
    edges = np.linspace(0, length, min(_BANDS, length // 8) + 1).astype(int)
    sums = np.add.reduceat(np.minimum(changes, most), edges[:-1], axis=1, dtype=np.uint32)
    return (sums / np.diff(edges)).astype(np.float32)


def _nearby(means, quantile) -> np.ndarray:
    """A quantile of the lines around each, itself and its neighbours left out."""
    padded = np.pad(means, ((_NEAR, _NEAR), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1, axis=0)
    others = np.delete(windows, [_NEAR - 1, _NEAR, _NEAR + 1], axis=2)
    place = round(quantile * (others.shape[2] - 1))
    return np.partition(others, place, axis=2)[:, :, place]
