"""Score normalisation: f of two images over how near the neighbours of both are.

In a collection some images have many that are like them, and f of different ones is small there.
SSCD (Pizzi et al., 2022, section 3.4) takes off a score what a query has in common with images of a
background set. Here an image's own collection is the background, and f is divided, as in the local
scaling of Zelnik-Manor and Perona (2004): f(I, J) / sqrt(s(I) s(J)), where the spacing s is a mean
over neighbours. So identical images stay at 0, and no image is judged by others of another kind.
"""

import numpy as np

NEIGHBOURS = 10  # of each image that its spacing needs
_COUNTED = 5  # the farthest of these: nearer ones may be copies
_LEAST = 0.5  # spacing; whose tenth neighbour is nearer has many copies


def spacing(nearest: np.ndarray) -> np.ndarray:
    """The mean f of an image and its sixth to tenth neighbours; of fewer, of the farthest five.

    Args:
        nearest: float [N, k], f of each image and its nearest others of the collection, in
            ascending order, infinite where there are no more of them.

    Returns:
        float32 [N], at least 1/2; 1 where there are no others.
    """
    f = np.asarray(nearest, np.float32)[:, :NEIGHBOURS]
    there = np.isfinite(f)
    number = there.sum(axis=1)
    counted = there & (np.arange(f.shape[1]) >= number[:, None] - _COUNTED)
    total = np.where(counted, f, 0).sum(axis=1)
    mean = total / np.maximum(counted.sum(axis=1), 1)
    return np.where(number > 0, np.maximum(mean, _LEAST), 1).astype(np.float32)


def normalized(f: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """f over the geometric mean of the two images' spacings.

    Args:
        f: float [...], of pairs.
        first, second: float [...], the `spacing` of their images; broadcast.

    Returns:
        float32 [...], by which pairs are ordered; f <= 1 has no counterpart.
    """
    return np.asarray(f / np.sqrt(first * second), np.float32)
