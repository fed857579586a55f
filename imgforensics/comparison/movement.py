"""How the second image lies on the first, in words that need no matrix."""

import numpy as np

from imgforensics.comparison.findings import Region


def of(region: Region) -> dict:
    """See `movement`, in the middle of what two images have in common at one place."""
    corners = region.corners_in_second
    if corners is None:
        left, top, side = region.part.pair.second
        corners = np.array([[left, top], [left + side, top + side]])
    return movement(region.matrix, corners)


def movement(matrix: np.ndarray, corners: np.ndarray) -> dict:
    """What a matrix does to the second image, in the middle of a region.

    It is mirrored first, left to right, if it is; then turned and scaled.

    Args:
        matrix: float [3, 3], from the second image to the first.
        corners: float [n, 2], in the second image.

    Returns:
        Plain values: `mirrored`, `degrees_clockwise` from -180 to 180, and `scale`.
    """
    x, y = corners.mean(axis=0) - 0.5
    depth = matrix[2] @ [x, y, 1]
    place = matrix[:2] @ [x, y, 1] / depth
    jacobian = (matrix[:2, :2] - np.outer(place, matrix[2, :2])) / depth
    determinant = np.linalg.det(jacobian)
    if determinant < 0:
        jacobian = jacobian * [-1, 1]
    # Of the similarity transform nearest to it; y points down, and so the angle is clockwise.
    turn = np.arctan2(jacobian[1, 0] - jacobian[0, 1], jacobian[0, 0] + jacobian[1, 1])
    return {
        "mirrored": bool(determinant < 0),
        "degrees_clockwise": float(np.rad2deg(turn)),
        "scale": float(np.sqrt(abs(determinant))),
    }
