"""What every kind of file is opened as: pages, each with one layer or more."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    """A channel of a page, or its colours together.

    Attributes:
        pixels: uint8 [height, width], grey levels.
        span: of one among several, the difference between its largest and smallest value, in units
            of the file; it tells empty channels, which are scaled to grey levels as others are.
    """

    pixels: np.ndarray
    span: float = 0.0


class Book(NamedTuple):
    """An open file.

    Attributes:
        pages: how many there are.
        read: decodes the page of a number, counted from 0, to its layers.
        notes: what was passed over, or is wrong and does not matter.
        small: pages that have the shape of another and at most half its size, as thumbnails do.
    """

    pages: int
    read: Callable[[int], list[Layer]]
    notes: tuple[str, ...] = ()
    small: frozenset[int] = frozenset()
