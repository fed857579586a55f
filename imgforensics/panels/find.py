"""The panels of a figure."""

import cv2
import numpy as np

from imgforensics.panels import cuts, seams
from imgforensics.panels.panel import MICROGRAPH, Box, Panel

WORKING_SIDE = 1200  # pixels of the longer side, at which gutters and seams are looked for
MIN_SIDE = 24  # pixels, there
_DENSE = 0.8  # of a part: ink, with which it is a picture


def find(pixels: np.ndarray) -> list[Panel]:
    """Finds the panels of a figure.

    Args:
        pixels: uint8 [height, width].

    Returns:
        The panels, from the top to the bottom and from the left to the right.
    """
    scale = min(1.0, WORKING_SIDE / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = small < cuts.INK
    whole = Box(0, 0, small.shape[1], small.shape[0])
    found = [
        Box(*(round(value / scale) for value in piece))
        for part in cuts.parts(ink, whole)
        if min(part.width, part.height) >= MIN_SIDE and part.of(ink).mean() > _DENSE
        for piece in seams.split(small, part)
    ]
    panels = [Panel(box, MICROGRAPH, True, "") for box in found]
    return sorted(panels, key=lambda panel: (panel.box.top, panel.box.left))
