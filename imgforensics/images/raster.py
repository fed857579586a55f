"""JPEG, PNG, GIF, BMP, WebP and AVIF: what Pillow decodes."""

import io

import numpy as np
from PIL import Image, ImageOps

from imgforensics.images import grey, jpeg, kinds, limits, png
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

_LOST = 0.01  # of the rows: more may not be missing at the end of a JPEG
_BLOCK = 8  # rows
# Values that continue a scan which has ended early, but change nothing in one that is whole.
_FILLER = bytes(1 + (37 * i * i + 11 * i) % 253 for i in range(4096))


def open_jpeg(file) -> Book:
    """Opens a JPEG image; of several in one file, the first.

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
    notes = ()
    if found.end is None or _ends_flat(image):
        lost = _lost_rows(image, body)
        if lost > _LOST:
            raise UserError(
                f"truncated: the last {lost:.0%} of its rows are missing; get a whole copy"
            )
        if found.end is None:
            notes = ("the JPEG's last bytes are missing, and nothing of the picture" if not lost
                     else "the JPEG's last bytes are missing, and with them its last rows",)  # fmt: skip
    return Book(1, lambda _: [_layer(image)], notes)


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
    if not np.asarray(image.crop((0, max(height - 2, 0), width, height))).any():
        png.check_whole(found)
    return Book(1, lambda _: [_layer(image)], notes)


def open_other(file, kind: str) -> Book:
    """Opens a GIF, BMP, WebP or AVIF file, whose frames are its pages.

    Raises:
        UserError: it is too large.
    """
    image = _plugin(kind)(file)
    _check_size(image)
    pages = getattr(image, "n_frames", 1)
    if pages > limits.MAX_PAGES:
        raise UserError(f"it has {pages} frames, more than {limits.MAX_PAGES}; split it")

    def read(page):
        image.seek(page)
        _check_size(image)
        return [_layer(image)]

    return Book(pages, read)


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
    from PIL import AvifImagePlugin

    return AvifImagePlugin.AvifImageFile


def _check_size(image):
    limits.check(*image.size, 4)


def _layer(image) -> Layer:
    # Viewers and journals show an image as its EXIF orientation says.
    pixels = from_pillow(ImageOps.exif_transpose(image))
    return Layer(pixels, grey.span(pixels))


def _jpeg(body, then=b""):
    from PIL import JpegImagePlugin

    return JpegImagePlugin.JpegImageFile(io.BytesIO(b"".join((body, then, jpeg.END))))


def _ends_flat(image) -> bool:
    """Whether each of the last rows has one level, as those have that a scan lacks."""
    width, height = image.size
    last = np.asarray(image.crop((0, max(height - _BLOCK, 0), width, height)))
    return bool((last == last[:, :1]).all())


def _lost_rows(image, body) -> float:
    """The share of rows, at the end, that hang on what comes after the scan's values."""
    differing = np.asarray(image) != np.asarray(_jpeg(body, _FILLER))
    rows = np.flatnonzero(differing.reshape(len(differing), -1).any(axis=1))
    return 1 - rows[0] / len(differing) if rows.size else 0.0
