"""Charts, schematics and text: what is drawn on white, gathered around its largest parts."""

import cv2
import numpy as np

from imgforensics.panels.panel import CHART, LOGO, SCHEMATIC, TEXT, Box

_CORE = 0.12  # of the figure's shorter side: a connected drawing so large has letters around it
_NEAR = 0.08  # of the longer side: letters farther away belong to nothing
_AXIS = 0.5  # of a side: a straight line so long is an axis or a frame
_LOGO = 300 * 300  # pixels of a whole figure
_SPECK = 4  # pixels


def group(ink: np.ndarray, taken: list[Box], pixels: int) -> list[tuple[Box, str]]:
    """The drawings of a figure, and their kinds; single letters are left out.

    Args:
        ink: bool [height, width].
        taken: what holds pictures.
        pixels: of the figure, at its full size.
    """
    left = ink.astype(np.uint8)
    for box in taken:
        box.of(left)[:] = 0
    pieces = _pieces(left)
    if not pieces:
        return []
    core = _CORE * min(ink.shape)
    cores = _merged([piece for piece in pieces if min(piece.width, piece.height) >= core])
    if not cores:
        return [] if taken else [(_around(pieces), LOGO if pixels <= _LOGO else TEXT)]
    kinds = [LOGO if pixels <= _LOGO and not taken else _kind(box.of(left)) for box in cores]
    return list(zip(_gathered(cores, pieces, _NEAR * max(ink.shape)), kinds))


def _pieces(mask) -> list[Box]:
    """Boxes of connected drawings; gaps of two pixels, as in dashed lines, connect."""
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    stats = cv2.connectedComponentsWithStats(near, connectivity=8)[2][1:]
    return [
        Box(left, top, left + width, top + height)
        for left, top, width, height, area in stats.tolist()
        if area > _SPECK * 9
    ]


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes, of which those that overlap have become one."""
    apart: list[Box] = []
    for box in boxes:
        while touching := [other for other in apart if _gap(box, other) <= 0]:
            apart = [other for other in apart if other not in touching]
            box = _around([box, *touching])
        apart.append(box)
    return apart


def _gathered(cores, pieces, near) -> list[Box]:
    """Cores with the pieces that are nearer to them than to others, and near enough."""
    members = [[core] for core in cores]
    for piece in pieces:
        gaps = [_gap(piece, core) for core in cores]
        nearest = int(np.argmin(gaps))
        if gaps[nearest] <= near:
            members[nearest].append(piece)
    return [_around(boxes) for boxes in members]


def _gap(one: Box, other: Box) -> float:
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    return max(across, down)


def _around(boxes) -> Box:
    left, top, right, bottom = zip(*boxes)
    return Box(min(left), min(top), max(right), max(bottom))


def _kind(mask) -> str:
    """A chart has a long straight line along either axis."""
    return CHART if all(mask.mean(axis=axis).max() >= _AXIS for axis in (0, 1)) else SCHEMATIC
