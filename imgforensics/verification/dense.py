"""Where one image lies on another when few keypoints tell: every turn, size and shift is tried."""

import functools
import itertools
from typing import NamedTuple

import cv2
import numpy as np
import scipy.fft

SIDE = 48  # pixels at which all transforms are tried
_ANGLES = np.arange(0, 90, 10)  # degrees; quarter turns and mirrors only move pixels
_SCALES = 2.0 ** np.array([-0.5, -0.25, 0, 0.25, 0.5])
_WINDOW = 8.0  # pixels of the full image, over which contrast is evened out
_NOISE = 9.0  # squared grey levels: less contrast than of 3 levels is not made more of
_MIN_COMMON = 0.4  # of the smaller image, the least that is compared
_REACH = 28  # pixels, beyond which shifts leave too little in common
_LENGTH = 80  # of a Fourier transform, in which shifts of that reach don't run into each other
_KEPT = 32  # images, of which what the search needs is kept
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

    Turns by right angles and mirrors only move pixels: the second image is turned by less than 90
    degrees, the first one comes in eight symmetries. What is computed of one image alone is kept
    for the last 32, 0.9 MB of a first and 1.9 MB of a second image.

    Args:
        first, second: float32 [side, side], with local mean and contrast evened out (`even`).
        count: of peaks, at most.

    Returns:
        The best peaks at different places, from the best one on.
    """
    full = first.shape[0]
    still, turned = (
        prepare(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).tobytes())
        for prepare, image in ((_still, first), (_turned, second))
    )
    grid = _grid()
    peaks = []
    for symmetry, spectrum in zip(_SYMMETRIES, still.spectra):
        scale = _symmetric(still.scale[grid.mirror if symmetry.mirrored else slice(None)], symmetry)
        values = _correlate(spectrum, turned.spectra) * scale * turned.scale
        flat = values.reshape(len(values), -1)
        where = np.abs(flat).argmax(1)
        peaks += [
            (float(flat[number, place]), symmetry, number, *divmod(int(place), 2 * _REACH + 1))
            for number, place in enumerate(where)
        ]
    found = []
    for value, symmetry, number, down, right in sorted(peaks, key=lambda peak: -abs(peak[0])):
        shift = np.array([right - _REACH, down - _REACH])
        affine = np.column_stack([grid.affine[number][:, :2], grid.affine[number][:, 2] + shift])
        matrix = _about_centre(symmetry.matrix) @ np.vstack([affine, [0, 0, 1]])
        peak = Peak(
            matrix=_magnified(matrix, full / SIDE),
            correlation=abs(value),
            mirrored=symmetry.mirrored,
            inverted=value < 0,
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


class _Symmetry(NamedTuple):
    """One of the eight of a square: quarter turns, after a mirroring or not."""

    quarters: int
    mirrored: bool

    @property
    def matrix(self) -> np.ndarray:
        """Float64 [2, 2], takes x and y from the square's centre."""
        turn = np.linalg.matrix_power(np.array([[0.0, 1.0], [-1.0, 0.0]]), self.quarters)
        return turn * [-1, 1] if self.mirrored else turn


_SYMMETRIES = tuple(itertools.starmap(_Symmetry, itertools.product(range(4), (False, True))))


def _symmetric(images: np.ndarray, symmetry: _Symmetry) -> np.ndarray:
    """Images [..., n, n] at the places to which the symmetry takes each pixel's place."""
    images = np.rot90(images, -symmetry.quarters, axes=(-2, -1))
    return images[..., ::-1] if symmetry.mirrored else images


class _Grid(NamedTuple):
    """What doesn't depend on the images, for the sizes and turns by less than 90 degrees."""

    affine: list[np.ndarray]  # float64 [2, 3] each
    mirror: np.ndarray  # which of them covers the mirror image of what each covers
    covered: np.ndarray  # spectra of what they cover
    ones: np.ndarray  # the spectrum of a whole square
    common: np.ndarray  # pixels, at every shift
    enough: np.ndarray  # bool, whether so many are compared


@functools.cache
def _grid() -> _Grid:
    centre, affine = np.full(2, (SIDE - 1) / 2), []
    for scale, angle in itertools.product(_SCALES, _ANGLES):
        turn = cv2.getRotationMatrix2D((0, 0), float(angle), scale)[:, :2]
        affine.append(np.column_stack([turn, centre - turn @ centre]))
    whole = np.ones((SIDE, SIDE), np.float32)
    covered = _spectra(np.stack([cv2.warpAffine(whole, each, (SIDE, SIDE)) for each in affine]))
    ones = _spectra(whole)
    common = _correlate(ones, covered)
    areas = np.minimum(1, _SCALES**2).repeat(len(_ANGLES))[:, None, None] * SIDE**2
    numbers = np.arange(len(affine)).reshape(len(_SCALES), -1)
    return _Grid(
        affine=affine,
        mirror=numbers[:, -np.arange(len(_ANGLES))].ravel(),
        covered=covered,
        ones=ones,
        common=common,
        enough=common >= _MIN_COMMON * areas,
    )


class _Side(NamedTuple):
    """What the search needs of one image.

    Attributes:
        spectra: complex64 [n, ...], of the image in eight symmetries, or turned.
        scale: float32 [45, shifts, shifts], one over the root of its energy in what is common.
    """

    spectra: np.ndarray
    scale: np.ndarray


@functools.lru_cache(maxsize=_KEPT)
def _still(pixels: bytes) -> _Side:
    """Of the first image."""
    image, grid = _image(pixels), _grid()
    spectra = _spectra(np.stack([_symmetric(image, each) for each in _SYMMETRIES]))
    return _Side(spectra, _scale(_correlate(_spectra(image**2), grid.covered), grid))


@functools.lru_cache(maxsize=_KEPT)
def _turned(pixels: bytes) -> _Side:
    """Of the second image; nothing where too little is common."""
    image, grid = _image(pixels), _grid()
    turned = np.stack([cv2.warpAffine(image, affine, (SIDE, SIDE)) for affine in grid.affine])
    energy = _correlate(grid.ones, _spectra(turned**2))
    return _Side(_spectra(turned), _scale(energy, grid) * grid.enough)


def _image(pixels: bytes) -> np.ndarray:
    return np.frombuffer(pixels, np.float32).reshape(SIDE, SIDE)


def _scale(energy, grid) -> np.ndarray:
    # Where there is next to nothing, nothing correlates.
    return 1 / np.sqrt(np.maximum(energy, np.maximum(0.01 * grid.common, 1)))


def _spectra(images):
    return scipy.fft.rfft2(images, (_LENGTH, _LENGTH))


def _correlate(first, second):
    """Of spectra: the sum of first[x + shift] second[x], at shifts of up to `_REACH` either way."""
    reach = np.arange(-_REACH, _REACH + 1)
    columns = scipy.fft.ifft(first * second.conj(), axis=-2, overwrite_x=True)[..., reach, :]
    return scipy.fft.irfft(columns, _LENGTH, axis=-1)[..., reach]


def _about_centre(turn: np.ndarray) -> np.ndarray:
    """A linear map about the centre, float64 [3, 3]."""
    centre = np.full(2, (SIDE - 1) / 2)
    return np.vstack([np.column_stack([turn, centre - turn @ centre]), [0, 0, 1]])


def _magnified(matrix: np.ndarray, factor: float) -> np.ndarray:
    """The same transform of images that are `factor` times as large."""
    grow = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return grow @ matrix @ np.linalg.inv(grow)


def _apart(first, second, side):
    corners = np.array([[[0, 0], [side, 0], [side, side], [0, side]]], np.float64)
    ends = (cv2.perspectiveTransform(corners, matrix) for matrix in (first, second))
    return np.abs(np.subtract(*ends)).max() > _MIN_APART * side
