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
    """

    document: str
    pixels: np.ndarray
    pictures: list[Box]


def figures(folder: str | os.PathLike[str], record: str | os.PathLike[str]) -> Iterator[Boxed]:
    """Yields the figures of a record that are in a folder of articles, each once."""
    known = json.loads(pathlib.Path(record).read_text())["figures"]
    boxes = {each["pixels_sha256"]: each["pictures"] for each in known}
    for document in read(find([folder]).paths):
        for figure in document.figures:
            found = boxes.pop(figure.pixels_sha256, None)
            if found is not None:
                name = pathlib.Path(document.path).name
                yield Boxed(name, figure.pixels, [Box(*box) for box in found])


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
