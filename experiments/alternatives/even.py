"""The preprocessing that keypoints need: contrast everywhere, in faint micrographs, too."""

import cv2
import numpy as np

_LIMIT, _TILES = 3.0, (4, 4)  # of the adaptive equalisation


def even(image: np.ndarray) -> np.ndarray:
    """Stretches the grey levels to the full range, and equalises them in each part (CLAHE).

    Args:
        image: uint8 [height, width].

    Returns:
        uint8 of the same shape; a flat image stays flat.
    """
    stretched = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    return cv2.createCLAHE(clipLimit=_LIMIT, tileGridSize=_TILES).apply(stretched)
