"""Where one image lies on another when few keypoints tell: every turn, size and shift is tried."""

import functools
import itertools
from typing import NamedTuple

import cv2
import numpy as np
import scipy.fft

SIDE = 48  # pixels at which all transforms are tried
_ANGLES = np.arange(0, 360, 10)  # degrees
_SCALES = 2.0 ** np.array([-0.5, -0.25, 0, 0.25, 0.5])
_WINDOW = 8.0  # pixels of the full image, over which contrast is evened out
_NOISE = 9.0  # squared grey levels: less contrast than of 3 levels is not made more of
_MIN_COMMON = 0.4  # of the smaller image, the least that is compared
_MIN_APART = 0.1  # of the side, by which corners differ between two places that are told apart


class Peak(NamedTuple):
    """A transform under which two images correlate more than under those about it.

    Attributes:
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first.
        correlation: of what they have in common, in [0, 1].
        mirrored, inverted: as of an `Alignment`.
    """

    matrix: np.ndarray
    correlation: float
    mirrored: bool
    inverted: bool


def search(first: np.ndarray, second: np.ndarray, count: int) -> list[Peak]:
    """Correlates two images under 360 turns, sizes and mirrorings at all shifts.

    Angles lie 10 degrees apart, sizes from 0.7 to 1.4 a quarter of an octave; that is as fine as
    needed for a start. Shifts at which less than 0.4 of the smaller image is common don't count.

    Args:
        first, second: float32 [side, side], with local mean and contrast evened out (`even`).
        count: of peaks, at most.

    Returns:
        The best peaks at different places, from the best one on.
    """
    full = first.shape[0]
    small = [
        cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in (first, second)
    ]
    grid = _grid()
    turned = np.stack([cv2.warpAffine(small[1], affine, (SIDE, SIDE)) for affine in grid.affine])
    cross = _correlate(_spectra(small[0]), _spectra(turned))
    energy = _correlate(_spectra(small[0] ** 2), grid.covered)
    energy = np.concatenate([energy, energy]) * _correlate(grid.ones, _spectra(turned**2))
    # Where there is next to nothing, nothing correlates.
    least = (0.01 * grid.common) ** 2
    values = np.where(grid.enough, cross / np.sqrt(np.maximum(energy, np.maximum(least, 1))), 0)
    flat = values.reshape(len(values), -1)
    where = np.abs(flat).argmax(1)
    peaks = flat[np.arange(len(flat)), where]
    found = []
    for number in np.argsort(-np.abs(peaks)):
        down, right = (_signed(shift) for shift in divmod(int(where[number]), 2 * SIDE))
        matrix = np.vstack([grid.affine[number] + [[0, 0, right], [0, 0, down]], [0, 0, 1]])
        mirrored = number >= len(values) // 2
        # Python's own types: they reach the report's words and its JSON.
        peak = Peak(
            matrix=_magnified(matrix, full / SIDE),
            correlation=float(abs(peaks[number])),
            mirrored=bool(mirrored),
            inverted=bool(peaks[number] < 0),
        )
        if all(_apart(peak.matrix, other.matrix, full) for other in found):
            found.append(peak)
        if len(found) == count:
            break
    return found


def even(image: np.ndarray, window: float = _WINDOW) -> np.ndarray:
    """An image without its local mean and contrast, float32, about 0 with deviations about 1.

    Args:
        image: uint8 or float32 [height, width], grey levels to 255.
        window: standard deviation of the Gaussian that says what is local, in pixels.
    """
    image = image.astype(np.float32)
    image = image - cv2.GaussianBlur(image, (0, 0), window)
    return image / np.sqrt(cv2.GaussianBlur(image**2, (0, 0), window) + _NOISE)


class _Grid(NamedTuple):
    """What doesn't depend on the images; the second half of the transforms are mirrored."""

    affine: list[np.ndarray]
    covered: np.ndarray  # spectra of what the first half of them covers
    ones: np.ndarray
    common: np.ndarray  # pixels, at every shift
    enough: np.ndarray  # bool, whether so many are compared


@functools.cache
def _grid() -> _Grid:
    centre, affine = np.full(2, (SIDE - 1) / 2), []
    for mirrored, scale, angle in itertools.product((1, -1), _SCALES, _ANGLES):
        turn = cv2.getRotationMatrix2D((0, 0), float(angle), scale)[:, :2] * [mirrored, 1]
        affine.append(np.column_stack([turn, centre - turn @ centre]))
    whole = np.ones((SIDE, SIDE), np.float32)
    masks = [cv2.warpAffine(whole, each, (SIDE, SIDE)) for each in affine[: len(affine) // 2]]
    covered, ones = _spectra(np.stack(masks)), _spectra(whole)
    common = _correlate(ones, covered)
    areas = np.minimum(1, _SCALES**2).repeat(len(_ANGLES))[:, None, None] * SIDE**2
    common, areas = (np.concatenate([part, part]) for part in (common, areas))
    return _Grid(
        affine=affine,
        covered=covered,
        ones=ones,
        common=common,
        enough=common >= _MIN_COMMON * areas,
    )


def _spectra(images):
    return scipy.fft.rfft2(images, (2 * SIDE, 2 * SIDE))


def _correlate(first, second):
    """Of spectra: the sum of first[x + shift] second[x] at every shift."""
    return scipy.fft.irfft2(first * second.conj(), (2 * SIDE, 2 * SIDE))


def _signed(shift: int) -> int:
    return shift - 2 * SIDE if shift >= SIDE else shift


def _magnified(matrix: np.ndarray, factor: float) -> np.ndarray:
    """The same transform of images that are `factor` times as large."""
    grow = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return grow @ matrix @ np.linalg.inv(grow)


def _apart(first, second, side):
    corners = np.array([[[0, 0], [side, 0], [side, side], [0, side]]], np.float64)
    ends = (cv2.perspectiveTransform(corners, matrix) for matrix in (first, second))
    return np.abs(np.subtract(*ends)).max() > _MIN_APART * side
