"""Squares of two images that are looked at as a pair, and how their pixels lie in the images."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from imgforensics.comparison import regions
from imgforensics.comparison.regions import Clean
from imgforensics.verification import evidence
from imgforensics.verification.dense import even

_CLOSER = 0.5  # of a region, around it, where its borders are looked for
_FINE = 384  # square root of the pixels, at which the last alignment is made

Box = tuple[float, float, float]  # left, top and side, in pixels of an image
Images = tuple[np.ndarray, np.ndarray]  # uint8 [height, width] each, of any sizes
Cleaned = tuple[Clean, Clean]


class Pair(NamedTuple):
    """A square of the first image, and one of the second, or what lies there of the second.

    Attributes:
        images: uint8 [side, side] each, as the network takes them.
        first, second: the squares that these are of, or (laid on the first) the one around it.
        outward, inward: float64 [3, 3], take (x, y, 1) of a pixel's centre in either of `images`
            to the image that it is of.
    """

    images: Images
    first: Box
    second: Box
    outward: np.ndarray
    inward: np.ndarray

    def on_the_whole(self, matrix: np.ndarray) -> np.ndarray:
        """A matrix from the second of `images` to the first, as one of the whole images."""
        return self.outward @ matrix @ np.linalg.inv(self.inward)

    def swapped(self) -> "Pair":
        """The same, with first and second image in each other's place."""
        return Pair(
            images=self.images[::-1],
            first=self.second,
            second=self.first,
            outward=self.inward,
            inward=self.outward,
        )


class Place(NamedTuple):
    """Where the second image lies on the first.

    Attributes:
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first.
        region: float64 [4, 2], corners in the first image of what agrees, see `regions.common`.
        inverted: whether grey levels are reversed.
        middle: float64 [2], of what of the region is looked at closely, in the first image.
    """

    matrix: np.ndarray
    region: np.ndarray
    inverted: bool
    middle: np.ndarray

    @property
    def in_second(self) -> np.ndarray:
        """The region's corners in the second image, float64 [4, 2]."""
        return regions.moved(self.region, np.linalg.inv(self.matrix))


class _View(NamedTuple):
    """A rectangle of an image, resized.

    Attributes:
        image: uint8 [height, width].
        outward: float64 [3, 3], takes pixels of the view to those of the image.
    """

    image: np.ndarray
    outward: np.ndarray


def of_boxes(images: Images, first: Box, second: Box, side: int) -> Pair:
    """The pair of two squares."""
    first, second = _plain(first), _plain(second)
    one, other = (_square_view(image, box, side) for image, box in zip(images, (first, second)))
    return Pair((one.image, other.image), first, second, one.outward, other.outward)


def of_place(images: Images, place: Place, side: int) -> Pair:
    """The pair of the square around a region, and of the second image laid on it.

    Of a region that is longer than the first image's shorter side it is the square at its `middle`.
    """
    first = _square(images[0], place.region, place.middle)
    one = _square_view(images[0], first, side)
    inward = np.linalg.inv(place.matrix) @ one.outward
    laid = regions.lay(images[1], np.linalg.inv(inward), (side, side))
    there = regions.moved(_common_corners(first, place.region), np.linalg.inv(place.matrix))
    second = _square(images[1], there, _middle(there))
    return Pair((one.image, laid), first, second, one.outward, inward)


def locate(
    images: Cleaned, matrix: np.ndarray, inverted: bool, found: Sequence[Place] = ()
) -> Place | None:
    """What agrees under a matrix, and the matrix under which that agrees best.

    Args:
        images: the images.
        matrix: from the second to the first.
        inverted: whether grey levels are reversed.
        found: what is known already, and is left out.

    Returns:
        None where nothing (else) agrees.
    """
    known = [(place.region, place.in_second) for place in found]
    region = regions.common(*images, matrix, inverted, known)
    if region is None:
        return None
    # What lies around the region has led the alignment astray a little.
    matrix = refine(images, region, [matrix], inverted)
    view = _view(images[0].pixels, region, _CLOSER)
    closer = np.linalg.inv(view.outward)
    known = [(regions.moved(one, closer), other) for one, other in known]
    first = Clean(view.image, _view(images[0].shown, region, _CLOSER).image > 0)
    there = regions.common(first, images[1], closer @ matrix, inverted, known)
    region = region if there is None else regions.moved(there, view.outward)
    return Place(matrix, region, inverted, _middle(region))


def refine(
    images: Cleaned, region: np.ndarray, starts: list[np.ndarray], inverted: bool
) -> np.ndarray:
    """The best of some matrices of the images, once refined to fit a region in full detail."""
    view = _view(images[0].pixels, region)
    first = evidence.soften(even(view.image))
    tried = []
    for start in starts:
        closer = np.linalg.inv(view.outward) @ start
        laid = regions.lay(images[1].pixels, closer, first.shape, cv2.BORDER_REPLICATE)
        laid = evidence.soften(even(laid))
        # What is left to correct, in pixels of the view.
        trial = evidence.best(first, laid, [(np.eye(3), inverted)])
        if trial is not None:
            tried.append((trial.merit, view.outward @ trial.matrix @ closer))
    matrix = max(tried, key=lambda each: each[0])[1] if tried else starts[0]
    return matrix / matrix[2, 2]


def _middle(points) -> np.ndarray:
    return (points.min(axis=0) + points.max(axis=0)) / 2


def _square(image, points, middle) -> Box:
    """The square around points, or as much of it around the middle as there is."""
    shape = np.array(image.shape[::-1], float)
    side = min(np.ptp(points, axis=0).max(), shape.min())
    left, top = np.clip(middle - side / 2, 0, shape - side)
    return float(left), float(top), float(side)


def _common_corners(box, points) -> np.ndarray:
    """Corners of what a square and the rectangle around points have in common, float [4, 2]."""
    left, top, side = box
    low = np.maximum(points.min(axis=0), [left, top])
    high = np.minimum(points.max(axis=0), [left + side, top + side])
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _square_view(image, box, side) -> _View:
    left, top, width = box
    return _resized(image, (left, top, left + width, top + width), (side, side))


def _view(image, points, margin=0.0) -> _View:
    """The rectangle around points, with a margin as a share of its longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    around = margin * (high - low).max()
    shape = np.array(image.shape[::-1], float)
    low, high = np.clip(low - around, 0, shape - 1), np.clip(high + around, 1, shape)
    mean = np.sqrt(np.prod(high - low))  # of width and height, geometrically
    factor = np.clip(mean, _FINE / 3, _FINE) / mean
    width, height = np.maximum(np.round(factor * (high - low)), 1).astype(int)
    return _resized(image, (*low, *high), (width, height))


def _resized(image, rectangle, size) -> _View:
    """A rectangle (left, top, right and bottom), at a size (width and height)."""
    ends = np.minimum(rectangle[2:], image.shape[::-1])  # but for rounding
    picture = Image.fromarray(image)
    resized = picture.resize(size, Image.Resampling.BICUBIC, box=(*rectangle[:2], *ends))
    across, down = np.subtract(rectangle[2:], rectangle[:2]) / size
    left, top = rectangle[:2]
    shift = left + (across - 1) / 2, top + (down - 1) / 2
    outward = np.array([[across, 0, shift[0]], [0, down, shift[1]], [0, 0, 1]])
    return _View(np.asarray(resized), outward)


def _plain(box) -> Box:
    left, top, side = map(float, box)
    return left, top, side
