"""Keypoints of an image, with descriptors, and what its mirror or a negative makes of them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.verification import content

_MIN_SIDE, _MAX_SIDE = 192, 1024  # pixels of the longer side at which keypoints are looked for
_BLUR = 1.2  # pixels: noise and the blocks of JPEG make keypoints, too
_MAX_KEYPOINTS = 1200  # keypoints of a small image
_CELL, _MAX_OF_CELL = 256, 200  # pixels of the cells of a larger one, and the keypoints of each
# Small and soft images have few keypoints; what is doubtful is kept, for the geometry to judge.
_CONTRAST, _EDGE = 0.01, 20


class Keypoints(NamedTuple):
    """The keypoints of an image, and their descriptors.

    Attributes:
        points: float32 [n, 2], x and y of each, in pixels; (0, 0) is the first pixel's centre.
        sizes: float32 [n], diameters in pixels.
        angles: float32 [n], the keypoints' own directions, from x to y, in radians.
        descriptors: float32 [n, 128], of unit length.
        grain: pixels of the image for one of those in which they were looked for.
    """

    points: np.ndarray
    sizes: np.ndarray
    angles: np.ndarray
    descriptors: np.ndarray
    grain: float


def detect(image: np.ndarray, shown: np.ndarray | None = None) -> Keypoints:
    """Finds SIFT keypoints after an equalisation of local contrast.

    Descriptors are the square roots of histograms (Arandjelovic and Zisserman 2012, RootSIFT), so
    that distances compare distributions.

    Args:
        image: uint8 [height, width].
        shown: bool [height, width], where nothing is drawn on it; None to find that out.

    Returns:
        Those of the largest responses, at most 1200, or 200 in each part of a larger image; none
        where the image is flat, and none that touch what is drawn on it.
    """
    if shown is None:
        shown = ~content.drawn(image)
    image = content.filled(image, shown)
    factor = np.clip(1.0, _MIN_SIDE / max(image.shape), _MAX_SIDE / max(image.shape))
    height, width = (round(length * factor) for length in image.shape)
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    scaled = cv2.resize(image, (width, height), interpolation=how)
    scaled = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(4, 4)).apply(scaled)
    scaled = cv2.GaussianBlur(scaled, (0, 0), _BLUR)
    sift = cv2.SIFT.create(
        nfeatures=_MAX_KEYPOINTS if max(width, height) <= _CELL else 0,  # no limit
        contrastThreshold=_CONTRAST, edgeThreshold=_EDGE,
        enable_precise_upscale=True,  # or all points would be off by a quarter of a pixel
    )  # fmt: skip
    mask = None
    if not shown.all():
        mask = cv2.resize(shown.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    if max(width, height) <= _CELL:
        found, histograms = sift.detectAndCompute(scaled, mask)
    else:
        found, histograms = sift.compute(scaled, _best_of_cells(sift.detect(scaled, mask)))
    if not found:
        points, none, histograms = (np.zeros(shape, np.float32) for shape in ((0, 2), 0, (0, 128)))
        return Keypoints(
            points=points, sizes=none, angles=none, descriptors=histograms, grain=float(1 / factor)
        )
    histograms /= np.maximum(histograms.sum(1, keepdims=True), 1)
    factors = np.array([width, height], np.float32) / np.array(image.shape[::-1], np.float32)
    return Keypoints(
        points=(np.array([each.pt for each in found], np.float32) + 0.5) / factors - 0.5,
        sizes=np.array([each.size for each in found], np.float32) / np.float32(factor),
        angles=np.deg2rad(np.array([each.angle for each in found], np.float32)),
        descriptors=np.sqrt(histograms),
        grain=float(1 / factor),
    )


def _best_of_cells(found: Sequence[cv2.KeyPoint]) -> list[cv2.KeyPoint]:
    """The keypoints of the largest responses in each cell, lest a soft part of a page has none."""
    kept, number = [], Counter()
    for keypoint in sorted(found, key=lambda keypoint: -keypoint.response):
        cell = tuple(int(place // _CELL) for place in keypoint.pt)
        number[cell] += 1
        if number[cell] <= _MAX_OF_CELL:
            kept.append(keypoint)
    return kept


def changed(keypoints: Keypoints, mirrored: bool, inverted: bool) -> Keypoints:
    """The keypoints of the mirror image, about the axis x = 0, or of the negative.

    A descriptor is 4 x 4 histograms of 8 directions, in a frame along the keypoint's own direction.
    A mirror turns the frame over, across that direction; a negative turns the keypoint's direction
    round, and the frame with it. So nothing has to be looked for twice.
    """
    points, sizes, angles, descriptors, grain = keypoints
    cells = descriptors.reshape(-1, 4, 4, 8)
    if mirrored:
        points = points * np.array([-1, 1], np.float32)
        angles = np.float32(np.pi) - angles
        cells = cells[:, ::-1, :, -np.arange(8) % 8]
    if inverted:
        angles = angles + np.float32(np.pi)
        cells = cells[:, ::-1, ::-1]
    return Keypoints(
        points=points, sizes=sizes, angles=angles, descriptors=cells.reshape(-1, 128), grain=grain
    )
