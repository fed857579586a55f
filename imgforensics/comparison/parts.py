"""Squares of two images that are looked at as a pair, and how their pixels lie in the images."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from imgforensics.comparison import regions
from imgforensics.verification import evidence
from imgforensics.verification.dense import even

_CLOSER = 0.5  # of a region, around it, where its borders are looked for
_FINE = 384  # pixels of a square's side, at which the last alignment is made

Box = tuple[float, float, float]  # left, top and side, in pixels of an image
Images = tuple[np.ndarray, np.ndarray]  # uint8 [height, width] each, of any sizes


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
    """

    matrix: np.ndarray
    region: np.ndarray
    inverted: bool


def of_boxes(images: Images, first: Box, second: Box, side: int) -> Pair:
    """The pair of two squares."""
    first, second = _plain(first), _plain(second)
    crops = _crop(images[0], first, side), _crop(images[1], second, side)
    return Pair(
        images=crops,
        first=first,
        second=second,
        outward=_enlarging(first, side),
        inward=_enlarging(second, side),
    )


def of_place(images: Images, place: Place, side: int) -> Pair:
    """The pair of the square around a region, and of the second image laid on it."""
    first, second = boxes_around(images, place.region, place.matrix)
    outward = _enlarging(first, side)
    laid = regions.lay(images[1], np.linalg.inv(outward) @ place.matrix, (side, side))
    inward = np.linalg.inv(place.matrix) @ outward
    return Pair(
        images=(_crop(images[0], first, side), laid),
        first=first,
        second=second,
        outward=outward,
        inward=inward,
    )


def locate(images: Images, matrix: np.ndarray, inverted: bool) -> Place | None:
    """What agrees under a matrix, and the matrix under which that agrees best.

    Returns:
        None where nothing agrees.
    """
    region = regions.common(*images, matrix, inverted)
    if region is None:
        return None
    # What lies around the region has led the alignment astray a little.
    boxes = boxes_around(images, region, matrix)
    matrix = refine(images, boxes, [matrix], inverted)
    box, _ = boxes_around(images, region, matrix, _CLOSER)
    fine = _fine(box)
    outward = _enlarging(box, fine)
    closer = regions.common(
        _crop(images[0], box, fine), images[1], np.linalg.inv(outward) @ matrix, inverted
    )
    region = region if closer is None else regions.moved(closer, outward)
    return Place(matrix, region, inverted)


def refine(
    images: Images, boxes: tuple[Box, Box], starts: list[np.ndarray], inverted: bool
) -> np.ndarray:
    """The best of some matrices of the images, once refined to fit two squares in full detail."""
    fine = _fine(boxes[0])
    first, second = (
        evidence.soften(even(_crop(image, box, fine))) for image, box in zip(images, boxes)
    )
    outward, inward = (_enlarging(box, fine) for box in boxes)
    within = [np.linalg.inv(outward) @ start @ inward for start in starts]
    best = evidence.best(first, second, [(start, inverted) for start in within])
    matrix = starts[0] if best is None else outward @ best.matrix @ np.linalg.inv(inward)
    return matrix / matrix[2, 2]


def boxes_around(
    images: Images, region: np.ndarray, matrix: np.ndarray, margin: float = 0.0
) -> tuple[Box, Box]:
    """The squares around a region in both images, or as much of them as there is.

    Args:
        images: the images.
        region: float [n, 2], corners in the first image.
        matrix: from the second image to the first.
        margin: around it, as a share of its side.
    """
    moved = regions.moved(region, np.linalg.inv(matrix))
    return _square(images[0], region, margin), _square(images[1], moved, margin)


def _square(image, points, margin) -> Box:
    low, high = points.min(axis=0), points.max(axis=0)
    shape = np.array(image.shape[::-1], float)
    side = min((high - low).max() * (1 + 2 * margin), shape.min())
    left, top = np.clip((low + high - side) / 2, 0, shape - side)
    return float(left), float(top), float(side)


def _crop(image, box, side) -> np.ndarray:
    """uint8 [side, side] of a square."""
    left, top, width = box
    ends = np.minimum([left + width, top + width], image.shape[::-1])  # but for rounding
    picture = Image.fromarray(image)
    return np.asarray(
        picture.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, *ends))
    )


def _plain(box) -> Box:
    left, top, side = map(float, box)
    return left, top, side


def _fine(box) -> int:
    """At how many pixels a square is looked at closely."""
    return int(np.clip(box[2], _FINE / 3, _FINE))


def _enlarging(box, side) -> np.ndarray:
    """Takes pixels of a square's crop of `side` pixels to those of the image."""
    left, top, width = box
    return np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]) @ regions.scaling(width / side)
