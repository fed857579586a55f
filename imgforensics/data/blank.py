"""Images that show nothing, and so are alike without being copies."""

import numpy as np

from imgforensics.images.fit import fit_square
from imgforensics.utils.errors import UserError

REASON = "blank: there is nothing to compare"
MIN_CONTRAST = 1.0  # grey levels: standard deviation, below which an image is of one level
# Blocks, in pixels of their sides, over which noise is averaged away and structure is not.
_BLOCKS = (4, 8, 16)
# Of independent noise the means of b x b pixels spread by 1 / b of what the pixels do, and the
# farthest of a million lies 5 times that off. Of JPEG and resizing noise is a little coarser. Of
# 4965 micrographs, as they are or with a contrast of 1.2 grey levels, none is below both limits.
_MAX_SPREAD, _MAX_DEVIATION = 2.5, 9.0
# A frame of noise with more than 8 bits, scaled to grey levels, has 41. Noise over the whole range,
# as a test pattern may be, has 74.
_MAX_NOISE = 48.0


def is_blank(image: np.ndarray) -> bool:
    """Whether an image is of one grey level, or of noise about one level.

    Args:
        image: uint8 [height, width].
    """
    contrast = float(image.std())
    return contrast < MIN_CONTRAST or (contrast < _MAX_NOISE and _is_noise(image, contrast))


def square(image: np.ndarray, side: int) -> np.ndarray:
    """What a network takes of an image (see `fit_square`), if that shows something.

    Args:
        image: uint8 [height, width].
        side: pixels on each side of the square.

    Returns:
        uint8 [side, side].

    Raises:
        UserError: the image is blank, or its central square is.
    """
    if is_blank(image):
        raise UserError(REASON)
    fitted = fit_square(image, side)
    if fitted.std() < MIN_CONTRAST:
        raise UserError("blank in its largest central square, and only that is compared")
    return fitted


def _is_noise(image, contrast) -> bool:
    if min(image.shape) < 2 * max(_BLOCKS):
        return False  # too few blocks to tell
    for side in _BLOCKS:
        means = _block_means(image, side)
        unit = contrast / side  # the spread that independent noise leaves
        deviation = np.abs(means - np.median(means)).max()
        if means.std() > _MAX_SPREAD * unit or deviation > _MAX_DEVIATION * unit:
            return False
    return True


def _block_means(image, side) -> np.ndarray:
    """float [height / side, width / side]; what is left over at the right and below is not used."""
    rows, columns = (length // side for length in image.shape)
    blocks = image[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return blocks.mean(axis=(1, 3), dtype=np.float32)
