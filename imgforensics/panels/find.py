"""The panels of a figure."""

import cv2
import numpy as np

from imgforensics.panels import choice, cuts, drawings, features, pictures
from imgforensics.panels.panel import BLOT, MICROGRAPH, Box, Panel, panel
from imgforensics.panels.parts import judged, parts

WORKING_SIDE = 1200  # pixels of the longer side, at which gutters and seams are looked for
_STRIP = 2.2  # times as wide as high, or more: of a blot


def find(pixels: np.ndarray, fitted: pictures.Fitted | None = None) -> list[Panel]:
    """Finds the panels of a figure.

    Figures are cut at white gutters, and pictures at seams where they abut. What is drawn between
    pictures is gathered to charts and schematics; letters outside of panels are left out.

    Args:
        pixels: uint8 [height, width].
        fitted: tells pictures from drawings; by default what comes with the package.

    Returns:
        The panels, from the top to the bottom and from the left to the right.
    """
    small, scale = reduced(pixels)
    tree = parts(small)
    likelihoods = pictures.likelihoods(features.measure(small, tree), fitted or pictures.shipped())
    taken = choice.pictures(judged(tree, iter(likelihoods.tolist())))
    found = [(box, BLOT if box.width >= _STRIP * box.height else MICROGRAPH) for box in taken]
    found += drawings.group(small < cuts.INK, taken, pixels.size)
    panels = [panel(_enlarged(box, scale, pixels.shape), kind) for box, kind in found]
    return sorted(panels, key=lambda each: (each.box.top, each.box.left))


def reduced(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """The figure at the size at which it is looked at, and by what it was scaled."""
    scale = min(1.0, WORKING_SIDE / max(pixels.shape))
    if scale == 1:
        return pixels, 1.0
    size = [max(1, round(scale * side)) for side in pixels.shape[::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), scale


def _enlarged(box, scale, shape) -> Box:
    height, width = shape
    left, top, right, bottom = (round(value / scale) for value in box)
    return Box(left, top, min(right, width), min(bottom, height))
