"""One image file to one gray image: the door through which every picture comes in."""

import contextlib
import logging
import os
import pathlib
import stat
import warnings

import numpy as np
import tifffile
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from imgforensics.utils.errors import UserError

MAX_PIXELS = 2**28  # 16384 x 16384; a larger image is refused before it is decoded
PERCENTILES = (0.1, 99.9)  # of the grey levels that become 0 and 255 in images deeper than 8 bits
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_gray(path: str | os.PathLike) -> np.ndarray:
    """Reads a PNG, JPEG or TIFF file as a gray image.

    The content decides the format, not the name. Of a multi-page file the first page is read. The
    image is turned as its EXIF orientation says, since that is how viewers and journals show it.
    Transparent parts show white paper. Colours become Rec. 601 luminance. Gray levels of 8-bit
    images are kept; deeper ones are scaled so that the `PERCENTILES` of the finite values become 0
    and 255. (Pillow and tifffile decode. Where only Pillow can, 16-bit colour enters with its 8
    high bits; that concerns colour PNG, and colour TIFF with LZW compression.)

    Args:
        path: the file.

    Returns:
        uint8 [height, width].

    Raises:
        UserError: the file is missing, empty, damaged, of another kind, or larger than
            `MAX_PIXELS`.
    """
    try:
        # tifffile logs what it then raises, and Pillow warns of odd metadata beside good pixels.
        with warnings.catch_warnings(), _silence("tifffile"):
            warnings.simplefilter("ignore")
            return _decode(pathlib.Path(path))
    except Exception as error:  # decoders raise nearly every type on damaged files
        raise UserError(f"cannot read {path}: {_reason(error)}") from error


def _decode(path: pathlib.Path) -> np.ndarray:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UserError("not a file")
    if status.st_size == 0:
        raise UserError("the file is empty (0 bytes)")
    with open(path, "rb") as file:
        start = file.read(8)
        file.seek(0)
        # Image.open would stop at its own, lower limit; so each plugin is opened by name.
        if start.startswith(b"\x89PNG\r\n\x1a\n"):
            return _from_pillow(PngImagePlugin.PngImageFile(file))
        if start.startswith(b"\xff\xd8\xff"):
            return _from_pillow(JpegImagePlugin.JpegImageFile(file))
        if start.startswith(_TIFF_STARTS):
            return _from_tiff(file)
    raise UserError("its content is not PNG, JPEG or TIFF")


def _from_tiff(file) -> np.ndarray:
    """Pillow knows the 8-bit kinds (palette, JPEG, CMYK, ...) best, tifffile the deep ones."""
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages[0]
        _check_size(page.imagewidth, page.imagelength)
        shallow = page.dtype in (np.dtype(bool), np.dtype(np.uint8))
        if not shallow:
            try:
                return _from_tiff_page(page)
            except Exception as error:  # most often a codec that tifffile lacks and Pillow has
                failure = error
        file.seek(0)
        try:
            return _from_pillow(TiffImagePlugin.TiffImageFile(file))
        except Exception:
            if shallow:
                return _from_tiff_page(page)
            raise failure from None


def _from_tiff_page(page: tifffile.TiffPage) -> np.ndarray:
    values = page.asarray()
    axes = page.axes
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        values, axes = page.colormap[:, values], "S" + axes
    elif "S" in axes and page.photometric != tifffile.PHOTOMETRIC.RGB:
        values, axes = values.take(0, axes.index("S")), axes.replace("S", "")
    if "Z" in axes:
        values, axes = values.take(0, axes.index("Z")), axes.replace("Z", "")
    if "S" in axes:
        values = np.tensordot(np.moveaxis(values, axes.index("S"), -1)[..., :3], _LUMA, 1)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        values = values.max() - values
    gray = values if values.dtype == np.uint8 else _rescale(values)
    orientation = page.tags.get("Orientation")
    return _turn(gray, int(orientation.value) if orientation else 1)


def _turn(gray: np.ndarray, orientation: int) -> np.ndarray:
    """Applies an EXIF (= TIFF) orientation of 1 to 8."""
    if orientation in (5, 6, 7, 8):
        gray = gray.T
    if orientation in (2, 3, 6, 7):
        gray = gray[:, ::-1]
    if orientation in (3, 4, 7, 8):
        gray = gray[::-1]
    return np.ascontiguousarray(gray)


def _from_pillow(image: Image.Image) -> np.ndarray:
    _check_size(*image.size)
    high_bits_only = len(image.getbands()) > 1 and ";16" in str(image.tile[0].args)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return _rescale(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[0] < 255:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    gray = np.array(image.convert("L"))
    return _rescale(gray) if high_bits_only else gray


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UserError(
            f"{width}x{height} pixels are more than {MAX_PIXELS} (16384x16384); cut it into tiles"
        )


def _rescale(values: np.ndarray) -> np.ndarray:
    """uint8: linear between the `PERCENTILES` of the finite values, clipped beyond.

    Where these are one and the same level, the smallest and the largest value take their place.
    """
    # Every step-th row and column is enough for percentiles and bounds the memory they need.
    step = 1 + int(np.sqrt(values.size / 2**24))
    some = values[::step, ::step]
    some = some[np.isfinite(some)].astype(np.float64)
    low, high = np.percentile(some, PERCENTILES) if some.size else (0.0, 0.0)
    if low == high and some.size:  # all but a few pixels have one level
        low, high = some.min(), some.max()
    gray = np.zeros(values.shape, np.uint8)
    if high > low:
        for row in range(0, len(values), 256):
            unit = (values[row : row + 256].astype(np.float64) - low) / (high - low)
            unit = np.nan_to_num(unit, nan=0.0)
            gray[row : row + 256] = np.floor(255 * unit.clip(0, 1) + 0.5)
    return gray


@contextlib.contextmanager
def _silence(name: str):
    """Keeps the named logger quiet for a while."""
    logger = logging.getLogger(name)
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was


def _reason(error: Exception) -> str:
    """One line that tells a user what is wrong with the file."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory for its pixels"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"damaged, or of an unsupported kind ({' '.join(str(error).split())})"
