"""The evidence that matched points give: how many of them one homography explains."""

import cv2
import numpy as np

_TOLERANCE = 2.0  # pixels
_CONFIDENCE, _ATTEMPTS = 0.9999, 2000


def inliers(first: np.ndarray, second: np.ndarray) -> int:
    """How many matches agree with the homography that MAGSAC++ finds (Barath et al. 2020).

    Args:
        first, second: float [k, 2], points of one image and what each matches in another.

    Returns:
        0 where there are fewer than four matches, no homography, or one that mirrors.
    """
    if len(first) < 4:
        return 0
    matrix, mask = cv2.findHomography(
        np.asarray(first, np.float64),
        np.asarray(second, np.float64),
        cv2.USAC_MAGSAC,
        _TOLERANCE,
        maxIters=_ATTEMPTS,
        confidence=_CONFIDENCE,
    )
    if matrix is None or np.linalg.det(matrix[:2, :2]) <= 0:  # a mirror, which is another view's
        return 0
    return int(mask.sum())
