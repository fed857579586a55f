"""JPEG, PNG, GIF, BMP, WebP, AVIF and JPEG 2000 of 8 bits: what Pillow decodes."""

import contextlib
import io
import threading
from collections.abc import Iterator

import numpy as np
from PIL import ExifTags, Image

from imgforensics.images import grey, jpeg, kinds, limits, png
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

_LOST = 0.01  # of the pixels: more may not be missing at the end of a JPEG
_BLOCK = 8  # rows
_WEBP_BYTES = 9  # of each pixel: its decoder keeps two canvases, and hands out a copy
_ORIENTATION = ExifTags.Base.Orientation
_LIMIT_LOCK = threading.Lock()
# Values that continue a scan which has ended early, but change nothing in one that is whole.
_FILLER = bytes(1 + (37 * i * i + 11 * i) % 253 for i in range(4096))


def open_jpeg(file, partial: bool = False, turned: bool = True) -> Book:
    """Opens a JPEG image; of several in one file, the first.

    Args:
        file: open for reading.
        partial: whether one whose end is missing is read as far as it goes.
        turned: whether its EXIF orientation counts, which it doesn't in a PDF.

    Raises:
        UserError: it is damaged, truncated or too large.
    """
    data = file.read()
    found = jpeg.header(data)
    jpeg.check(found)
    if found.lossless or found.bits != 8:
        from imgforensics.images import codecs

        return codecs.open_deep_jpeg(data)
    body = data[: found.end - len(jpeg.END)] if found.end else data.rstrip(b"\xff")
    image = _jpeg(body)
    image.load()
    notes: tuple[str, ...] = ()
    if found.end is None or _ends_flat(image):
        lost = _lost(image, body)
        if not partial and (lost > _LOST or (found.end is None and not found.refined)):
            raise UserError(
                f"truncated: {max(lost, 0.01):.0%} of it or more is missing; get a whole copy"
            )
        if found.end is None or lost > _LOST:
            notes = (f"the JPEG's last bytes are missing, and {lost:.1%} of the picture",)
    return Book(1, lambda _: [_layer(image, turned)], notes)


def open_png(file) -> Book:
    """Opens a PNG image; of an animation, the picture that others show.

    Raises:
        UserError: it is damaged, truncated or too large.
    """
    found = png.take_apart(file.read())
    limits.check(found.width, found.height, max(4, found.samples * found.bits // 8))
    notes = found.notes + ("an animation, of which the still picture was read",) * found.animated
    if found.bits == 16 and found.samples > 1:
        from imgforensics.images import codecs

        png.check_whole(found)
        return codecs.open_deep_png(found.needed, notes)
    from PIL import PngImagePlugin

    image = PngImagePlugin.PngImageFile(io.BytesIO(found.needed))
    image.load()
    # Rows that a file lacks stay 0, of interlaced files every other one.
    width, height = image.size
    top = max(height - 1 - found.interlaced, 0)
    if not np.asarray(image.crop((0, top, width, height))).any():
        png.check_whole(found)
    return Book(1, lambda _: [_layer(image)], notes)


def open_other(file, kind: str) -> Book:
    """Opens a GIF, BMP, WebP, AVIF or JPEG 2000 file, whose frames are its pages.

    Raises:
        UserError: it is too large.
    """
    with _without_pillows_limit():
        image = _plugin(kind)(file)
        _check_size(image)
        pages = getattr(image, "n_frames", 1)
    if pages > limits.MAX_PAGES:
        raise UserError(f"it has {pages} frames, more than {limits.MAX_PAGES}; split it")

    def read(page):
        with _without_pillows_limit():
            image.seek(page)
            _check_size(image)
            return [_layer(image)]

    return Book(pages, read)


@contextlib.contextmanager
def _without_pillows_limit() -> Iterator[None]:
    """Pillow's own limit of pixels is lower than ours; for a while there is none."""
    with _LIMIT_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def from_pillow(image: Image.Image) -> np.ndarray:
    """uint8 [height, width]: the grey levels of an image that Pillow has opened."""
    if image.mode.startswith(("I", "F")):
        return grey.render(np.asarray(image))
    if not image.has_transparency_data:
        return np.array(image.convert("L"))
    image = image.convert("RGBA")
    return grey.on_paper(np.array(image.convert("L")), np.array(image.getchannel("A")))


def _plugin(kind):
    """The class that opens a kind; Image.open would stop at Pillow's own, lower limit."""
    if kind == kinds.GIF:
        from PIL import GifImagePlugin

        return GifImagePlugin.GifImageFile
    if kind == kinds.BMP:
        from PIL import BmpImagePlugin

        return BmpImagePlugin.BmpImageFile
    if kind == kinds.WEBP:
        from PIL import WebPImagePlugin

        return WebPImagePlugin.WebPImageFile
    if kind == kinds.JPEG2000:
        from PIL import Jpeg2KImagePlugin

        return Jpeg2KImagePlugin.Jpeg2KImageFile
    from PIL import AvifImagePlugin

    return AvifImagePlugin.AvifImageFile


def _check_size(image):
    limits.check(*image.size, _WEBP_BYTES if image.format == "WEBP" else 4)


def _layer(image, turned=True) -> Layer:
    # Viewers and journals show an image as its EXIF orientation says.
    orientation = image.getexif().get(_ORIENTATION, 1) if turned else 1
    return Layer(grey.turn(from_pillow(image), orientation))


def _jpeg(body, then=b""):
    from PIL import JpegImagePlugin

    return JpegImagePlugin.JpegImageFile(io.BytesIO(b"".join((body, then, jpeg.END))))


def _ends_flat(image) -> bool:
    """Whether each of the last rows has one level, as those have that a scan lacks."""
    width, height = image.size
    last = np.asarray(image.crop((0, max(height - _BLOCK, 0), width, height)))
    return bool((last == last[:, :1]).all())


def _lost(image, body) -> float:
    """The share of pixels that hang on what comes after the scan's values."""
    differing = np.asarray(image) != np.asarray(_jpeg(body, _FILLER))
    return float(differing.any(axis=-1).mean() if differing.ndim == 3 else differing.mean())
