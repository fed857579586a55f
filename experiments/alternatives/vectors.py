"""Vectors of all views of images, compared by the angle between them."""

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scales float [..., D] to length 1; zeros stay zeros."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """1 - cosine of the angle between an image and the nearest view of another, float [m].

    Args:
        first, second: float [m, views, D] of length 1; of the first image its first view.
    """
    return 1 - np.einsum("md,mvd->mv", first[:, 0], second).max(axis=1)
