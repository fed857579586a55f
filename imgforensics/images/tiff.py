"""TIFF: all its pages and channels, by tifffile and imagecodecs."""

import contextlib
import math
import os
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC

from imgforensics.images import colour, declared, grey, jpeg, limits, raster
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

_MAX_SEGMENTS = 2**19  # strips or tiles: each takes some microseconds
_REDUCED, _MASK = 1, 4  # bits of the subfile's type
_JPEG = (COMPRESSION.JPEG, COMPRESSION.JPEG_LOSSY)
# Of these only libtiff, which Pillow brings, knows how to decode them.
_ONLY_LIBTIFF = (COMPRESSION.OJPEG, COMPRESSION.THUNDERSCAN, COMPRESSION.SGILOG,
                 COMPRESSION.SGILOG24)  # fmt: skip
# Each strip or tile of these is a picture that declares its own size.
_SELF_DECLARED = {
    getattr(COMPRESSION, name)
    for name in (
        "JPEG", "JPEG_LOSSY", "JPEG2000", "APERIO_JP2000_YCBC", "APERIO_JP2000_RGB",
        "JPEG_2000_LOSSY", "PNG", "JPEGXL", "JPEGXL_DNG", "LERC",
    )
    if hasattr(COMPRESSION, name)
}  # fmt: skip
_ASSOCIATED, _UNASSOCIATED = 1, 2  # kinds of alpha
_COLOURED = {
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.SEPARATED: 4,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.CIELAB: 3,
    PHOTOMETRIC.ICCLAB: 3,
}  # samples; of others each is a channel
_NO_DATA_TAG = 42113  # of GDAL
_PLANES = ("Y", "X", "S")
_FAX_END = 2 * "000000000001"  # bits; padding may follow
_FAX_TAIL = 16  # bytes
_STDERR_LOCK = threading.Lock()


class _Plane(NamedTuple):
    """Where the values of a page, or of one of its channels, come from."""

    page: tifffile.TiffPage
    decode: Callable[[], tuple[np.ndarray, str]]  # values, and their axes


def open_tiff(file) -> Book:
    """Opens a TIFF file.

    Reduced copies (thumbnails, the lower levels of pyramids) and masks are passed over, unless
    there is nothing else. What the metadata of ImageJ, OME and others call channels are channels
    of a page, and so are samples that are no colours.

    Raises:
        UserError: it is damaged, or has too many pages.
    """
    tiff = tifffile.TiffFile(file, _multifile=False)
    with contextlib.suppress(IndexError):
        _ = tiff.pages[limits.MAX_PAGES]
        raise UserError(f"it has more than {limits.MAX_PAGES} pages; split it")
    series = _series(tiff)
    plain = [each for each in series if not each.keyframe.subfiletype & (_REDUCED | _MASK)]
    pages = [page for each in plain or series for page in _pages_of(each)]
    if not pages:
        raise UserError("damaged: it has no pages")
    passed = len(series) - len(plain or series)
    notes = (f"{passed} reduced or mask page(s) passed over",) if passed else ()

    def read(number):
        planes = pages[number]
        return [layer for plane in planes for layer in _layers(file, plane, len(planes) > 1)]

    return Book(len(pages), read, notes, _small([page[0].page for page in pages]))


def _small(pages) -> frozenset[int]:
    """Numbers of the pages that have the shape of a larger one, and at most half its size."""
    sizes = [(page.imagewidth, page.imagelength) for page in pages]
    return frozenset(
        number
        for number, (width, height) in enumerate(sizes)
        for across, down in set(sizes)
        if 2 * width <= across and abs(width * down - height * across) <= across + down
    )


def _series(tiff) -> list:
    """Groups of pages, as the metadata say; where these are damaged, each page is a group."""
    try:
        series = tiff.series
        if series:
            return series
    except Exception:  # tifffile raises nearly every type on odd metadata
        pass
    return [tifffile.TiffPageSeries([page]) for page in tiff.pages]


def _pages_of(series) -> list[list[_Plane]]:
    """The planes of each page: of one that has channels outside of its planes, several."""
    key = series.keyframe
    count, rest = divmod(math.prod(series.shape), max(math.prod(key.shape), 1))
    outer = [] if rest else _outer(list(zip(series.axes, series.shape)), count)
    if not outer:
        count = len(series.pages)
    if count > limits.MAX_PAGES:
        raise UserError(f"it has {count} pages, more than {limits.MAX_PAGES}; split it")
    axes = [axis for axis, _ in outer]
    numbers = np.arange(count).reshape([size for _, size in outer] or -1)
    # Channels last; what is left of the axes counts pages.
    channels = axes.index("C") if "C" in axes else None
    numbers = numbers[..., None] if channels is None else np.moveaxis(numbers, channels, -1)
    numbers = numbers.reshape(-1, numbers.shape[-1])
    return [[_plane(series, number, count) for number in page] for page in numbers.tolist()]


def _outer(axes, count) -> list[tuple[str, int]]:
    """The leading axes that make up so many planes; none if they don't."""
    product = 1
    for place, (_, size) in enumerate(axes):
        if product == count:
            return axes[:place]
        product *= size
    return []


def _plane(series, number, count) -> _Plane:
    key = series.keyframe
    if len(series.pages) == count:
        page = series.pages[number]
        return _Plane(key, lambda: _decode(page, key))

    def decode():  # ImageJ describes the first of many planes, which lie one after another
        _check(key)
        if series.dataoffset is None:
            raise UserError(f"damaged: it has {len(series.pages)} of its {count} planes")
        dtype = np.dtype(key.parent.byteorder + key.dtype.char)
        file = key.parent.filehandle
        file.seek(series.dataoffset + number * key.size * dtype.itemsize)
        values = file.read_array(dtype, key.size)
        return values.reshape(key.shape).astype(key.dtype, copy=False), key.axes

    return _Plane(key, decode)


def _decode(page, key) -> tuple[np.ndarray, str]:
    if page is None:
        raise UserError("damaged: a page is missing")
    _check(key)
    _check_segments(page, key)
    values = page.asarray()
    if key.compression == COMPRESSION.CCITT_T6 and not values[-1:].any() and _fax_is_cut(page, key):
        raise UserError("truncated: its fax code lacks the end, and rows; get a whole copy")
    return values, key.axes


def _fax_is_cut(page, key) -> bool:
    """Whether the last strip of Group 4 code lacks the code that ends it."""
    key.parent.filehandle.seek(page.dataoffsets[-1])
    data = key.parent.filehandle.read(page.databytecounts[-1])
    if key.fillorder == 2:
        data = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data[-_FAX_TAIL:])
    return _FAX_END not in "".join(f"{byte:08b}" for byte in data[-_FAX_TAIL:])


def _check(key) -> None:
    """Refuses what takes too much to decode."""
    samples = key.samplesperpixel * key.imagedepth
    limits.check(key.imagewidth, key.imagelength, samples * (key.dtype or np.dtype("u1")).itemsize)
    if key.dtype is None:
        raise UserError(f"its values of {key.bitspersample} bits are of an unsupported kind")
    if key.dtype.kind == "c":
        raise UserError("its values are complex numbers: save their amplitudes")


def _check_segments(page, key) -> None:
    """Refuses strips and tiles that are not there, or declare another size than the page does."""
    expected = math.prod(key.chunked)
    if expected > _MAX_SEGMENTS:
        raise UserError(f"it has {expected} strips or tiles, more than {_MAX_SEGMENTS}")
    offsets, counts = page.dataoffsets, page.databytecounts
    present = sum(offset > 0 and count > 0 for offset, count in zip(offsets, counts))
    if present == 0 or (present < expected and not key.is_tiled):
        raise UserError(f"truncated: it has {present} of {expected} strips of its pixels")
    if key.compression not in _SELF_DECLARED:
        return
    height, width = (key.tilelength, key.tilewidth) if key.is_tiled else (
        min(key.rowsperstrip or key.imagelength, key.imagelength), key.imagewidth
    )  # fmt: skip
    file, cost = key.parent.filehandle, 0
    size: jpeg.Header | declared.Size | None
    for offset, count in zip(offsets, counts):
        file.seek(offset)
        data = file.read(count)
        if key.compression in _JPEG and data:
            size = jpeg.header(data)
            cost += size.cost
            if size.end is None:
                raise UserError(
                    "truncated: a strip or tile of JPEG lacks its end; get a whole copy"
                )
        else:
            size = declared.of(data)
        # Blocks of JPEG reach beyond the edges.
        if size and size.width * size.height > (width + 64) * (height + 64):
            raise UserError(
                f"damaged: a strip or tile of {width}x{height} pixels declares "
                f"{size.width}x{size.height}"
            )
    if cost > limits.MAX_SCAN_SAMPLES:
        raise UserError("the scans of its JPEGs take too long; save it anew")


def _layers(file, plane, several) -> Iterator[Layer]:
    page = plane.page
    orientation = _tag(page, 274, 1)
    if _needs_libtiff(page):
        yield Layer(_by_libtiff(file, page))
        return
    values, axes = plane.decode()
    no_data = _no_data(page)
    found = list(_pictures(page, values, axes))
    several = several or len(found) > 1
    for colours, alpha, white in found:
        inverted = page.photometric == PHOTOMETRIC.MINISWHITE
        pixels = grey.render(colours, alpha, white, inverted, no_data)
        span = grey.span(colours, no_data) if several else 0.0
        yield Layer(grey.turn(pixels, orientation), span)


def _pictures(page, values, axes) -> Iterator[tuple[np.ndarray, np.ndarray | None, float | None]]:
    """Values, how opaque they are, and which is white, of each picture in a page."""
    depth = [axis for axis in axes if axis not in _PLANES]
    values = np.moveaxis(values, [axes.index(axis) for axis in depth], range(len(depth)))
    axes = "".join(depth) + "".join(axis for axis in axes if axis in _PLANES)
    values = np.moveaxis(values, axes.index("S"), -1) if "S" in axes else values[..., None]
    values = values.reshape(-1, *values.shape[-3:])
    for plane in values:
        yield from _of_samples(page, plane)


def _of_samples(page, values) -> Iterator:
    """The same, of values [height, width, samples]."""
    bits, photometric = page.bitspersample, page.photometric
    if photometric == PHOTOMETRIC.PALETTE and page.colormap is not None:
        yield _palette(page.colormap, values[..., 0]), None, None
        return
    white = None
    if isinstance(bits, int) and bits < 8 and values.dtype == np.uint8:
        white = 2**bits - 1
    colours = _COLOURED.get(photometric, 1)
    if photometric == PHOTOMETRIC.SEPARATED and values.shape[-1] < 4:
        colours = 1
    extras = [getattr(kind, "value", kind) for kind in page.extrasamples]
    extras = extras[-(values.shape[-1] - colours) :] if values.shape[-1] > colours else []
    known = [i for i, kind in enumerate(extras) if kind in (_ASSOCIATED, _UNASSOCIATED)]
    alpha = None
    if known and values.dtype.kind == "u":
        alpha = values[..., colours + known[0]]
        if extras[known[0]] == _ASSOCIATED:
            values = _unassociated(values, alpha)
    if colours > 1 and values.shape[-1] >= colours:
        values, white = _coloured(page, values[..., :colours], white)
        yield values, alpha, white
        return
    for sample in range(values.shape[-1]):
        if sample - colours not in known:
            yield values[..., sample], alpha, white


def _coloured(page, values, white):
    """Red, green and blue, or grey, and which value is white."""
    full = np.iinfo(values.dtype).max if values.dtype.kind == "u" else None
    if page.photometric == PHOTOMETRIC.SEPARATED and full:
        return colour.in_blocks(colour.from_inks, values), full
    if page.photometric in (PHOTOMETRIC.CIELAB, PHOTOMETRIC.ICCLAB) and full:
        icc = page.photometric == PHOTOMETRIC.ICCLAB
        return colour.in_blocks(lambda rows: colour.from_lab(rows, icc), values), full
    if page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEG:
        return values[..., 0], full  # which is the luminance
    return values, white


def _palette(colormap, values) -> np.ndarray:
    """uint8 [height, width]: the levels of a table's colours, which old files keep in 8 bits."""
    colours = colormap >> 8 if colormap.max() > 255 else colormap
    return grey.render(colours.T.astype(np.uint8)[None])[0][values]


def _unassociated(values, alpha):
    """Divides colours by how opaque they are, with which they are multiplied."""
    full = np.iinfo(values.dtype).max
    share = np.maximum(alpha, 1)[..., None] / np.float32(full)
    return np.minimum(values / share + 0.5, full).astype(values.dtype)


def _needs_libtiff(page) -> bool:
    subsampled = (
        page.photometric == PHOTOMETRIC.YCBCR
        and page.compression not in _JPEG
        and tuple(_tag(page, 530, (2, 2))) != (1, 1)
    )
    return page.compression in _ONLY_LIBTIFF or subsampled


def _by_libtiff(file, page) -> np.ndarray:
    """What Pillow makes of a page; what libtiff writes to stderr is dropped."""
    from PIL import TiffImagePlugin

    limits.check(page.imagewidth, page.imagelength, 4)
    _check_segments(page, page)
    file.seek(0)
    with _without_stderr():
        image = TiffImagePlugin.TiffImageFile(file)
        image.seek(page.index)
        image.load()
        return raster.from_pillow(image)


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """For a while, nothing that C libraries write to stderr is seen."""
    with _STDERR_LOCK, open(os.devnull, "wb") as nowhere:
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _tag(page, code, otherwise):
    """A tag's value; what is missing or makes no sense is taken as usual."""
    value = page.tags.valueof(code)
    return value if isinstance(value, type(otherwise)) else otherwise


def _no_data(page) -> float | None:
    text = page.tags.valueof(_NO_DATA_TAG)
    with contextlib.suppress(TypeError, ValueError):
        return float(text)
    return None
