"""One file to pictures: the door through which every image comes in."""

import contextlib
import io
import logging
import os
import pathlib
import stat
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.images import kinds, limits
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

BLANK = 1.0  # grey levels: standard deviation below which a picture holds nothing
_EMPTY = 0.02  # of the widest channel's range of values: one with less holds nothing but noise
_MAX_TOTAL = 4 * limits.MAX_PIXELS  # of all pages of a file, and more of one that has many bytes
_PIXELS_OF_A_BYTE = 4

# Decoders stumble with these over values that make no sense; their words don't help.
_SLIPS = (TypeError, AttributeError, LookupError, ArithmeticError, AssertionError)


class Picture(NamedTuple):
    """A picture, and where in its file it was.

    Attributes:
        pixels: uint8 [height, width], grey levels.
        page: its number, from 1.
        pages: how many there are.
        channel: its number, from 1; None where there is one, or all were put together.
        channels: how many the page has.
        notes: what was left out, or is wrong and does not matter.
    """

    pixels: np.ndarray
    page: int
    pages: int
    channel: int | None
    channels: int
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Which of the file's pictures it is, such as "page 2, channel 1"; "" of the only one."""
        words = [f"page {self.page}"] * (self.pages > 1)
        words += [f"channel {self.channel}"] * (self.channel is not None)
        return ", ".join(words)

    @property
    def description(self) -> str:
        """What was read, in words; "" where there was no choice, and nothing odd."""
        words = [f"page {self.page} of {self.pages}"] * (self.pages > 1)
        if self.channel is not None:
            words.append(f"channel {self.channel} of {self.channels}")
        elif self.channels > 1:
            words.append(f"{self.channels} channels together")
        return "; ".join((*words, *self.notes))


def read_gray(path: str | os.PathLike) -> np.ndarray:
    """Reads the picture of a file: `read_image` without its description.

    Returns:
        uint8 [height, width].

    Raises:
        UserError: as `read_image` does.
    """
    return read_image(path).pixels


def read_image(
    path: str | os.PathLike, page: int | None = None, channel: int | None = None
) -> Picture:
    """Reads one picture of a file.

    The content decides the format, not the name. The image is turned as its EXIF orientation says,
    since that is how viewers and journals show it. Colours become Rec. 601 luminance, transparent
    parts white paper, and values of any depth 256 grey levels (see `grey.render`). Thumbnails are
    passed over.

    Args:
        path: the file, of one of `kinds.READ`.
        page: its number, from 1; by default the first that is neither blank nor a thumbnail.
        channel: its number, from 1; by default the mean of all channels that hold something, each
            with grey levels of its own.

    Raises:
        UserError: the file is missing, empty, damaged, truncated, of another kind, or larger than
            `limits` allow; or it has no such page or channel.
    """
    with _opened(path) as (book, most):
        _check_choice("page", page, book.pages)
        numbers = _likely_first(book) if page is None else [page - 1]
        pictures = (
            _picture(book, number, layers, channel)
            for number, layers in _layers_of(book, numbers, most)
        )
        first = next(pictures)
        if len(numbers) == 1 or first.pixels.std() >= BLANK:
            return first
        return next((found for found in pictures if found.pixels.std() >= BLANK), first)


def read_pages(
    source: str | os.PathLike | bytes, channel: int | None = None, partial: bool = False
) -> Iterator[Picture]:
    """Reads all pages of a file, one after another, with their channels together.

    Args:
        source: the file, of one of `kinds.READ`, or its content.
        channel: as for `read_image`.
        partial: whether a JPEG whose end is missing is read as far as it goes; it gets a note.

    Raises:
        UserError: as `read_image` does; perhaps after some pictures.
    """
    with _opened(source, partial) as (book, most):
        for number, layers in _layers_of(book, range(book.pages), most):
            yield _picture(book, number, layers, channel)


def read_images(path: str | os.PathLike) -> Iterator[Picture]:
    """Reads all channels of all pages of a file, one after another, as pictures of their own.

    Blank ones are among them; thumbnails aren't. What one page costs is not kept for the next.

    Args:
        path: the file, of one of `kinds.READ`.

    Raises:
        UserError: as `read_image` does; perhaps after some pictures.
    """
    with _opened(path) as (book, most):
        for number, layers in _layers_of(book, range(book.pages), most):
            for channel in range(1, len(layers) + 1):
                yield _picture(book, number, layers, channel)


def _likely_first(book) -> list[int]:
    """Pages that look like thumbnails come last."""
    return sorted(range(book.pages), key=lambda number: number in book.small)


def _layers_of(book, numbers, most) -> Iterator[tuple[int, list[Layer]]]:
    total = 0
    for number in numbers:
        if total > most:
            raise UserError(
                f"pages before page {number + 1} have {total} pixels, too many; split it"
            )
        with _quiet():
            layers = book.read(number)
        yield number, layers
        total += sum(layer.pixels.size for layer in layers)


def _picture(book, number, layers, channel) -> Picture:
    _check_choice("channel", channel, len(layers))
    if len(layers) == 1:
        channel = None
    pixels, notes = (layers[channel - 1].pixels, ()) if channel else _together(layers)
    return Picture(
        pixels=pixels,
        page=number + 1,
        pages=book.pages,
        channel=channel,
        channels=len(layers),
        notes=(*book.notes, *notes),
    )


def _together(layers) -> tuple[np.ndarray, tuple[str, ...]]:
    """The mean of the channels that hold something, and which don't."""
    if len(layers) == 1:
        return layers[0].pixels, ()
    widest = max(layer.span for layer in layers)
    full = [layer.span > _EMPTY * widest and layer.pixels.std() >= BLANK for layer in layers]
    empty = [str(number) for number, each in enumerate(full, 1) if not each]
    if len(empty) == len(layers):
        return layers[0].pixels, ("all of them are blank",)
    total = np.zeros(layers[0].pixels.shape, np.uint32)
    for layer, each in zip(layers, full):
        if each:
            total += layer.pixels
    count = sum(full)
    pixels = ((2 * total + count) // (2 * count)).astype(np.uint8)
    return pixels, (f"channel {', '.join(empty)} empty",) if empty else ()


def _check_choice(what, number, count) -> None:
    if number is not None and not 1 <= number <= count:
        raise UserError(f"it has no {what} {number}, but {count}: give 1 to {count}")


@contextlib.contextmanager
def _opened(source, partial=False) -> Iterator[tuple[Book, int]]:
    """The open file, and how many pixels may be read of it, all pages together."""
    name = "it" if isinstance(source, bytes) else source
    try:
        with _file(source) as (file, size):
            most = max(_MAX_TOTAL, _PIXELS_OF_A_BYTE * size)
            with _quiet():
                book = _book(file, partial)
            yield book, most
    except Exception as error:  # decoders raise nearly every type on damaged files
        raise UserError(f"cannot read {name}: {_reason(error)}") from error


@contextlib.contextmanager
def _file(source):
    """What to read from, and how many bytes it has."""
    if isinstance(source, bytes):
        yield io.BytesIO(source), len(source)
        return
    status = pathlib.Path(source).stat()
    if not stat.S_ISREG(status.st_mode):
        raise UserError("not a file")
    if status.st_size == 0:
        raise UserError("the file is empty (0 bytes)")
    with open(source, "rb") as file:
        yield file, status.st_size


def _book(file, partial) -> Book:
    """Opens a file; what few files need is imported for them only, which takes its time."""
    start = file.read(kinds.START)
    file.seek(0)
    kind = kinds.kind(start)
    if kind not in kinds.READ:
        raise UserError(f"{_unread(kind)}; {kinds.remedy(kind)}")
    if kind == kinds.TIFF:
        from imgforensics.images import tiff

        return tiff.open_tiff(file)
    if kind in (kinds.JPEG2000, kinds.JPEGXL):
        from imgforensics.images import codecs

        return (codecs.open_jpeg2000 if kind == kinds.JPEG2000 else codecs.open_jpegxl)(file)
    if kind == kinds.HEIF:
        from imgforensics.images import heif

        return heif.open_heif(file)
    from imgforensics.images import raster

    if kind == kinds.JPEG:
        return raster.open_jpeg(file, partial)
    if kind == kinds.PNG:
        return raster.open_png(file)
    return raster.open_other(file, kind)


def _unread(kind) -> str:
    if kind is None:
        return f"its content is none of {', '.join(kinds.READ)}"
    return f"its content is of the kind {kind}, which is not read"


@contextlib.contextmanager
def _quiet():
    """tifffile logs what it then raises, and Pillow warns of odd metadata beside good pixels."""
    logger = logging.getLogger("tifffile")
    was, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
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
    if isinstance(error, _SLIPS):
        return "damaged, or of an unsupported kind"
    return f"damaged, or of an unsupported kind ({' '.join(str(error).split())})"
