"""f of two images and of crops of them, which are alike where only parts of the images are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from PIL import Image

from imgforensics.models import metric
from imgforensics.models.metric import Metric

CROPS = 5  # of an image: at its corners, and in the middle
_SHARE = 0.75  # of an image's side
_PAIRS = 2**12  # in one call of the compiled function


def cut(image: np.ndarray) -> np.ndarray:
    """The crops of an image, of 3/4 of its side and resized to it.

    Args:
        image: uint8 [side, side].

    Returns:
        uint8 [5, side, side].
    """
    side = len(image)
    size = round(_SHARE * side)
    rest = side - size
    corners = ((0, 0), (0, rest), (rest, 0), (rest, rest), (rest // 2, rest // 2))
    parts = (Image.fromarray(image[y : y + size, x : x + size]) for y, x in corners)
    resized = (part.resize((side, side), Image.Resampling.BICUBIC) for part in parts)
    return np.stack([np.asarray(part) for part in resized])


def distances(
    forensic: Metric, views: np.ndarray, others: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """The mean of f of two images and the smallest f of any of their views.

    Args:
        forensic: the metric.
        views: float32 [N, 6, D], of each first image the embedding of the whole, then of its crops.
        others: float32 [M, 6, D], likewise of second images.
        pairs: int [P, 2], numbers of first and second images.

    Returns:
        float32 [P]; f(I, J) and f(J, I) are the same.
    """
    count = len(pairs)
    size = min(_PAIRS, max(count, 1))
    padded = np.resize(pairs, (-(-count // size) * size, 2)) if count else pairs
    found = [
        np.asarray(_distances(forensic, views[some[:, 0]], others[some[:, 1]]))
        for some in padded.reshape(-1, size, 2)
    ]
    return np.concatenate([np.zeros(0, np.float32), *found])[:count]


@jax.jit
def _distances(forensic, first, second):
    whole = metric.distance(forensic, first[:, 0], second[:, 0])
    one = functools.partial(metric.distance, forensic, second)

    def closest(least, view):
        return jnp.minimum(least, one(view[:, None]).min(axis=1)), None

    least, _ = lax.scan(closest, whole, jnp.swapaxes(first, 0, 1))
    return (whole + least) / 2
