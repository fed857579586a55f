"""JPEG 2000, JPEG XL, and deep JPEG and PNG: what imagecodecs decodes with all its bits."""

import imagecodecs
import numpy as np

from imgforensics.images import declared, grey, kinds, limits, raster
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

_JPEGXL_BYTES = 16  # that its decoder keeps of each pixel


def open_jpeg2000(file) -> Book:
    """Opens a JPEG 2000 image, in its box or without.

    Raises:
        UserError: it is damaged, truncated or too large.
    """
    data = file.read()
    found = declared.jpeg2000(data)
    limits.check(found.width, found.height, 4 * found.components)
    missing = declared.jpeg2000_missing(data)
    if missing > 0:
        raise UserError(f"truncated: {missing} bytes are missing; get a whole copy")
    if declared.jpeg2000_bits(data) <= 8:  # of which Pillow knows palettes and YCbCr, too
        file.seek(0)
        return raster.open_other(file, kinds.JPEG2000)
    return _open(imagecodecs.jpeg2k_decode(data))


def open_jpegxl(file) -> Book:
    """Opens a JPEG XL image; of an animation, the first frame.

    Raises:
        UserError: it is damaged or too large.
    """
    data = file.read()
    found = declared.jpegxl(data)
    limits.check(found.width, found.height, _JPEGXL_BYTES)
    return _open(imagecodecs.jpegxl_decode(data, index=0))


def open_deep_jpeg(data: bytes) -> Book:
    """Opens a JPEG image of more than 8 bits, or of the lossless kind."""
    return _open(imagecodecs.jpeg_decode(data))


def open_deep_png(data: bytes, notes: tuple[str, ...]) -> Book:
    """Opens a PNG image of 16 bits."""
    return _open(imagecodecs.png_decode(data), notes)


def _open(values: np.ndarray, notes=()) -> Book:
    pixels = rendered(values)
    return Book(1, lambda _: [Layer(pixels)], notes)


def rendered(values: np.ndarray) -> np.ndarray:
    """Grey levels, uint8 [height, width], of decoded samples, [height, width] or with samples last.

    Of 2 or 4 samples of a pixel, the last is how opaque it is.

    Raises:
        UserError: they are no picture.
    """
    if values.ndim not in (2, 3):
        raise UserError(f"its pixels have shape {values.shape}: save it as TIFF")
    samples = 1 if values.ndim == 2 else values.shape[2]
    alpha = values[..., -1] if samples in (2, 4) else None
    colours = values if values.ndim == 2 else values[..., : 3 if samples > 2 else 1]
    colours = colours[..., 0] if colours.shape[-1] == 1 and colours.ndim == 3 else colours
    return grey.render(colours, alpha)
