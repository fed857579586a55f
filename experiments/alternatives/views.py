"""The eight views of a square image: an image and its mirror image, turned by right angles."""

import numpy as np


def dihedral(image: np.ndarray) -> np.ndarray:
    """All views, uint8 [8, side, side]; the first is the image itself, the last four are mirrored.

    Args:
        image: uint8 [side, side].
    """
    mirrored = image[:, ::-1]
    return np.stack([np.rot90(side, turns) for side in (image, mirrored) for turns in range(4)])
