"""Embeddings in the plane of their first two principal components (paper, Figure 5)."""

import numpy as np


def principal(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Projects embeddings onto the two directions of their largest variance.

    The sign of a direction is arbitrary; here its largest component in size is above 0, so that the
    same embeddings always look the same.

    Args:
        embeddings: float [N, D], N >= 1 and D >= 2.

    Returns:
        Coordinates, float64 [N, 2], with mean 0; and the shares of the variance that the two
        directions have, float64 [2] (0 where there is no variance).
    """
    centred = np.asarray(embeddings, np.float64)
    centred = centred - centred.mean(axis=0)
    # Of D x D numbers, however many embeddings there are.
    variances, directions = np.linalg.eigh(centred.T @ centred)
    variances, directions = variances[::-1].clip(0), directions[:, ::-1][:, :2]
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, [0, 1]])
    return centred @ directions, variances[:2] / max(variances.sum(), np.finfo(float).tiny)
