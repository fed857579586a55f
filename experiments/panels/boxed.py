"""Figures of published articles, and the pictures in them that a person has boxed.

The record holds hashes, boxes and where each figure is from. The figures themselves are read of the
articles, which who repeats this has to get.
"""

import json
import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.documents.find import find
from imgforensics.documents.read import read
from imgforensics.panels.panel import Box


class Boxed(NamedTuple):
    """A figure.

    Attributes:
        document: name of the article's file.
        pixels: uint8 [height, width].
        pictures: boxes of its micrographs, blots and photographs; none of one that is drawn.
        record: name of the file that names it.
        blots: which of the boxes hold a blot, a gel or a plate, with bands in lanes.
    """

    document: str
    pixels: np.ndarray
    pictures: list[Box]
    record: str = ""
    blots: frozenset[Box] = frozenset()


def figures(folder: str | os.PathLike[str], *records: str | os.PathLike[str]) -> Iterator[Boxed]:
    """Yields the figures of records that are in a folder of articles, each once."""
    known = {
        figure["pixels_sha256"]: (os.fspath(record), figure)
        for record in records
        for figure in json.loads(pathlib.Path(record).read_text())["figures"]
    }
    for document in read(find([folder]).paths):
        for figure in document.figures:
            if figure.pixels_sha256 in known:
                record, told = known.pop(figure.pixels_sha256)
                boxes = [Box(*box) for box in told["pictures"]]
                blots = frozenset(boxes[number] for number in told.get("blots", ()))
                name = pathlib.Path(document.path).name
                yield Boxed(name, figure.pixels, boxes, record, blots)


def overlap(one: Box, other: Box) -> int:
    """Pixels that two boxes share."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(across, 0) * max(down, 0)


def union(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    shared = overlap(one, other)
    return shared / (one.area + other.area - shared)


def covered(box: Box, others: list[Box]) -> float:
    """The share of a box that others cover, which don't overlap each other."""
    return sum(overlap(box, other) for other in others) / box.area
