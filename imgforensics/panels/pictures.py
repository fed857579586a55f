"""How likely the parts of a figure are pictures: a logistic regression over what they resemble.

A part is compared, by its measures, with parts of published figures; the regression weighs how near
it is to each. That is kernel logistic regression with Gaussian kernels, of which only some of the
fitted parts are kept (C. Williams, M. Seeger: Using the Nyström method to speed up kernel machines,
NIPS 2000).
"""

import functools
import json
import pathlib
from typing import NamedTuple

import numpy as np

_FILE = pathlib.Path(__file__).with_name("pictures.json")


class Fitted(NamedTuple):
    """The regression; arrays of float64, of m = len(features.NAMES) measures.

    Attributes:
        mean, scale: [m], what is taken from each measure, and what it is divided by.
        centres: [n, m], the parts compared with, scaled.
        gamma: of the kernel exp(-gamma d²).
        weights: [n], of the centres.
        bias: is added.
    """

    mean: np.ndarray
    scale: np.ndarray
    centres: np.ndarray
    gamma: float
    weights: np.ndarray
    bias: float


def likelihoods(measures: np.ndarray, fitted: Fitted) -> np.ndarray:
    """How likely parts are micrographs, blots or photographs, float64 [k] from 0 to 1.

    Args:
        measures: float64 [k, len(features.NAMES)].
        fitted: what `shipped` gives, or another.
    """
    scaled = (measures - fitted.mean) / fitted.scale
    distances = ((scaled[:, None] - fitted.centres) ** 2).sum(axis=2)
    sums = np.exp(-fitted.gamma * distances) @ fitted.weights + fitted.bias
    return 1 / (1 + np.exp(-sums))


@functools.cache
def shipped() -> Fitted:
    """What comes with the package."""
    read = json.loads(_FILE.read_text())
    mean, scale, centres, weights = (
        np.array(read[name]) for name in ("mean", "scale", "centres", "weights")
    )
    return Fitted(mean, scale, centres, read["gamma"], weights, read["bias"])
