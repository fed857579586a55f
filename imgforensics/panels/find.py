"""The panels of a figure."""

import numpy as np

from imgforensics.panels.panel import MICROGRAPH, Box, Panel


def find(pixels: np.ndarray) -> list[Panel]:
    """Finds the panels of a figure.

    Args:
        pixels: uint8 [height, width].

    Returns:
        The panels, from the top to the bottom and from the left to the right.
    """
    height, width = pixels.shape
    return [Panel(Box(0, 0, width, height), MICROGRAPH, True, "")]
