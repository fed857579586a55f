"""Pictures that a producer of PDF has cut into strips or tiles, put together again.

Pieces belong together when they abut on the page over a whole side, with as many pixels there.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from imgforensics.documents.figure import Box

_TOLERANCE = 5e-4  # of the page: a third of a point
_SEAM = 4.0  # times the difference of neighbouring rows: more is the border of another picture


def groups(boxes: Sequence[Box], sizes: Sequence[tuple[int, int]]) -> list[list[list[int]]]:
    """Which pictures make up one, as rows of pieces.

    Args:
        boxes: of each picture, in fractions of the page.
        sizes: of each, height and width in pixels.

    Returns:
        Groups of rows of numbers of pictures; one that stands alone is a group of one.
    """
    rows = _chains(boxes, [height for height, _ in sizes], axis=0)
    row_boxes = [around([boxes[number] for number in row]) for row in rows]
    widths = [sum(sizes[number][1] for number in row) for row in rows]
    return [[rows[number] for number in chain] for chain in _chains(row_boxes, widths, axis=1)]


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all."""
    left, top, right, bottom = zip(*boxes)
    return min(left), min(top), max(right), max(bottom)


def join(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray | None:
    """The picture that pieces make up; None where they are pictures that only abut.

    Args:
        rows: pieces, uint8 [height, width], of which those in a row have one height.
    """
    joined = [_joined(row, axis=1) for row in rows]
    if any(row is None for row in joined):
        return None
    return _joined(joined, axis=0)


def _chains(boxes, sides, axis) -> list[list[int]]:
    """Chains of boxes that abut along an axis and have the same side across it."""
    chains: list[list[int]] = []
    ends: dict[tuple, list[int]] = {}
    for number in sorted(range(len(boxes)), key=lambda number: boxes[number][axis]):
        box = boxes[number]
        across = box[1 - axis], box[3 - axis]
        keys = (
            (*place, sides[number])
            for place in itertools.product(*(_near(value) for value in (box[axis], *across)))
        )
        key = next((key for key in keys if key in ends), None)
        if key is None:
            chain: list[int] = []
            chains.append(chain)
        else:
            chain = ends.pop(key)
        chain.append(number)
        ends[*(round(value / _TOLERANCE) for value in (box[axis + 2], *across)), sides[number]] = (
            chain
        )
    return chains


def _near(value) -> tuple[int, int, int]:
    middle = round(value / _TOLERANCE)
    return middle, middle - 1, middle + 1


def _joined(pieces, axis) -> np.ndarray | None:
    if len(pieces) == 1:
        return pieces[0]
    if len({piece.shape[1 - axis] for piece in pieces}) > 1:
        return None
    borders = [_is_border(one, other, axis) for one, other in itertools.pairwise(pieces)]
    if 2 * sum(borders) > len(borders):  # of strips, one may begin at a line that is drawn there
        return None
    return np.concatenate(pieces, axis)


def _is_border(one, other, axis) -> bool:
    """Whether a seam stands out from the lines on both sides of it, as that of two pictures."""
    one, other = (np.moveaxis(piece, axis, 0).astype(np.float32) for piece in (one, other))
    across = np.median(np.abs(one[-1] - other[0]))
    beside = [np.median(np.abs(each[0] - each[1])) for each in (one[-2:], other[:2])
              if len(each) == 2]  # fmt: skip
    return bool(across > _SEAM * (max(beside, default=np.float32(np.inf)) + 1))
