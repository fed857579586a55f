"""Whether a part of a figure is a picture, by a logistic regression over its measures.

It was fitted to parts of published figures.
"""

import functools
import json
import pathlib
from typing import NamedTuple

import numpy as np

from imgforensics.panels import features

_FILE = pathlib.Path(__file__).with_name("pictures.json")


class Fitted(NamedTuple):
    """A logistic regression; arrays of float64 [len(features.NAMES)].

    Attributes:
        mean, scale: what is taken from each measure, and what it is divided by.
        weights: of the measures.
        bias: is added.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: float


def likelihood(pixels: np.ndarray, fitted: Fitted) -> float:
    """How likely a part is a micrograph, a blot or a photograph, from 0 to 1.

    Args:
        pixels: uint8 [height, width], 8 pixels at least.
        fitted: what `shipped` gives, or another.
    """
    scaled = (features.measure(pixels) - fitted.mean) / fitted.scale
    return float(1 / (1 + np.exp(-(scaled @ fitted.weights + fitted.bias))))


@functools.cache
def shipped() -> Fitted:
    """What comes with the package."""
    read = json.loads(_FILE.read_text())
    mean, scale, weights = (np.array(read[name]) for name in ("mean", "scale", "weights"))
    return Fitted(mean, scale, weights, read["bias"])
