"""PDF files to the pictures on their pages, by PDFium.

PDFium takes long over JPEG; those of one or three colours are taken out as they are, and decoded
as image files are. Masks, palettes, inks and all other codes are PDFium's.
"""

import ctypes
import io
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pypdfium2
from PIL import Image
from pypdfium2 import raw

from imgforensics.documents import clipping, joining, sheets
from imgforensics.documents.figure import Box
from imgforensics.documents.found import Contents, Found, Sheet, Unread, sha256
from imgforensics.images import grey, jpeg, limits, raster
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError

MIN_SIDE, MIN_AREA = 32, 64 * 64  # pixels: less is a rule, a bullet, an icon or a letter
_MAX_PIECES = 20_000  # pictures of one page, strips and tiles counted
_MAX_DEPTH = 15  # of forms within forms
_UNITS = 2**20  # of a page's sides: PDFium tells places in whole units
_COLOURS = (1, 3)  # of JPEGs that others decode as PDFium does
# What an image's dictionary says of masks and of inverted values.
_ALTERED = re.compile(rb"/(SMask|Mask|ImageMask|Decode)\b(?!\s*(false|null))")
_DICTIONARY = 4096  # bytes, at most, before a stream
_OFF = 8  # pixels
# EXIF's number for: sides swapped, mirrored from left to right, mirrored from top to bottom.
_ORIENTATIONS = {
    (False, False, False): 1, (False, True, False): 2, (False, True, True): 3,
    (False, False, True): 4, (True, False, False): 5, (True, True, False): 6,
    (True, True, True): 7, (True, False, True): 8,
}  # fmt: skip


class _Placed(NamedTuple):
    """A picture on a page, not yet decoded.

    Attributes:
        image: PDFium's object.
        box: in fractions of the page as it is shown.
        orientation: EXIF's number for how its pixels are turned on the page.
        size: height and width in pixels, as it is turned.
    """

    image: pypdfium2.PdfImage
    box: Box
    orientation: int
    size: tuple[int, int]


def contents(content: bytes, most_pages: int) -> Contents:
    """The pictures of a PDF file.

    Args:
        content: of the file.
        most_pages: to be read.

    Raises:
        UserError: it is encrypted or damaged.
    """
    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UserError("encrypted: save a copy that needs no password") from error
        raise UserError("damaged: PDFium can't open it; save it anew") from error
    return Contents(pages, _parts(document, content, pages, most_pages))


def _parts(document, content, pages, most) -> Iterator[Found | Sheet | Unread]:
    for number in range(1, min(pages, most) + 1):
        try:
            page = document[number - 1]
            placed = list(itertools.islice(_placed(page), _MAX_PIECES + 1))
        except pypdfium2.PdfiumError:
            yield Unread(f"page {number}: damaged")
            continue
        if len(placed) > _MAX_PIECES:
            yield Unread(f"page {number}: it has more than {_MAX_PIECES} pictures")
        else:
            figures = 0
            for part in _Page(content, page, number).parts(placed):
                figures += isinstance(part, Found)
                yield part
            if figures and (jpeg := sheets.draw(page)):
                yield Sheet(number, jpeg)
        page.close()
    if pages > most:
        yield Unread(f"pages from {most + 1} on: there are too many; split the document")


def _placed(page) -> Iterator[_Placed]:
    """The pictures of a page, those within forms too, each place once."""
    seen = set()
    for image in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], _MAX_DEPTH):
        width, height = image.get_px_size()
        if width < 1 or height < 1:
            continue
        corner, right, down = _corners(image.get_matrix(), image, page)
        box = _box(corner, right, down)
        orientation = _orientation(corner, right, down)
        size = (width, height) if orientation > 4 else (height, width)
        if (box, size) not in seen:  # a picture that is drawn over itself, for the sake of a mask
            seen.add((box, size))
            yield _Placed(image, box, orientation, size)


def _corners(matrix, image, page) -> list[tuple[float, float]]:
    """Where a unit square has its upper left, upper right and lower left on the page as shown.

    Args:
        matrix: of the square, within the form that holds the image, or the page.
        image: tells the forms around it.
        page: of it.

    Returns:
        Fractions of the page, x and y, from the upper left.
    """
    form = image.container
    while form is not None:
        matrix, form = matrix.multiply(form.get_matrix()), form.container
    x, y, places = ctypes.c_int(), ctypes.c_int(), []
    for point in ((0, 1), (1, 1), (0, 0)):
        raw.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, *matrix.on_point(*point), x, y)
        places.append((x.value / _UNITS, y.value / _UNITS))
    return places


def _box(corner, right, down) -> Box:
    """Around a picture; one that is turned by an odd angle has a larger box."""
    last = [right[axis] + down[axis] - corner[axis] for axis in (0, 1)]
    x, y = (sorted(values) for values in zip(corner, right, down, last))
    return x[0], y[0], x[-1], y[-1]


def _orientation(corner, right, down) -> int:
    along, across = np.subtract(right, corner), np.subtract(down, corner)
    swapped = abs(along[1]) > abs(along[0])
    x, y = (across, along) if swapped else (along, across)
    return _ORIENTATIONS[bool(swapped), bool(x[0] < 0), bool(y[1] < 0)]


class _Page(NamedTuple):
    """A page that is read.

    Attributes:
        content: of the file.
        page: PDFium's object.
        number: from 1.
    """

    content: bytes
    page: pypdfium2.PdfPage
    number: int

    def parts(self, placed: list[_Placed]) -> Iterator[Found | Unread]:
        """The pictures that are large enough, pieces of one put together."""
        hidden = [clipping.is_hidden(each.image) for each in placed]
        for each in itertools.compress(placed, hidden):
            if _is_large(*each.size):
                yield self._unread(*each.size, "hidden, nothing of it is shown on the page")
        shown = [each for each, is_hidden in zip(placed, hidden) if not is_hidden]
        for rows in joining.groups([each.box for each in shown], [each.size for each in shown]):
            group = [[shown[index] for index in row] for row in rows]
            height = sum(row[0].size[0] for row in group)
            width = sum(each.size[1] for each in group[0])
            if not _is_large(height, width):
                continue
            try:
                limits.check(width, height, 4)
                yield from _joined([[self._found(each) for each in row] for row in group])
            except (UserError, pypdfium2.PdfiumError) as error:
                reason = str(error) if isinstance(error, UserError) else "damaged"
                yield self._unread(height, width, reason)

    def _unread(self, height, width, reason) -> Unread:
        return Unread(f"page {self.number}, a picture of {width}x{height} pixels: {reason}")

    def _found(self, placed) -> Found:
        image, orientation = placed.image, placed.orientation
        stream, note = bytes(image.get_data()), None
        if _is_plain(self.content, stream):
            pixels, note = _decoded(image, stream)
        else:  # on white paper, and turned as its own matrix says
            pixels = _of_bitmap(image.get_bitmap(render=True))
            orientation = _orientation(*_corners(pypdfium2.PdfMatrix(), image, self.page))
        pixels = _sized(grey.turn(pixels, orientation), placed.size)
        return Found(self.number, pixels, sha256(stream), placed.box, note)


def _sized(pixels, size) -> np.ndarray:
    """What PDFium has drawn, which may be some pixels larger, at the size that is stored."""
    if pixels.shape == size or np.abs(np.subtract(pixels.shape, size)).max() > _OFF:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR))


def _is_large(height, width) -> bool:
    return min(height, width) >= MIN_SIDE and height * width >= MIN_AREA


def _is_plain(content, stream) -> bool:
    """Whether a picture is shown as it is stored, by its dictionary, which PDFium does not tell.

    It stands before the stream, since what has a stream is never packed (ISO 32000-1, 7.5.7). Of an
    encrypted file and of inline images nothing is found, and they are taken for others.
    """
    at = content.find(stream) if stream else -1
    if at < 0:
        return False
    before = content[max(at - _DICTIONARY, 0) : at]
    return not _ALTERED.search(before, max(before.rfind(b" obj"), 0))


def _joined(rows: list[list[Found]]) -> Iterator[Found]:
    """One figure of all pieces, or those that are large enough, where they only abut."""
    pieces = [piece for row in rows for piece in row]
    if len(pieces) == 1:
        yield pieces[0]
        return
    pixels = joining.join([[piece.pixels for piece in row] for row in rows])
    if pixels is None:
        yield from (piece for piece in pieces if _is_large(*piece.pixels.shape))
        return
    yield Found(
        page=pieces[0].page,
        pixels=pixels,
        stream_sha256=digests.of_pixels(pixels),
        box=joining.around([piece.box for piece in pieces]),
        note="; ".join(dict.fromkeys(piece.note for piece in pieces if piece.note)) or None,
    )


def _decoded(image, stream) -> tuple[np.ndarray, str | None]:
    """uint8 [height, width] as it is stored, and what is wrong with it."""
    if image.get_filters(skip_simple=True) == ["DCTDecode"]:
        if len(image.get_filters()) > 1:
            stream = bytes(image.get_data(decode_simple=True))
        if _is_usual(image, jpeg.header(stream).components):
            book = raster.open_jpeg(io.BytesIO(stream), partial=True, turned=False)
            return book.read(0)[0].pixels, "; ".join(book.notes) or None
    return _of_bitmap(image.get_bitmap()), None


def _is_usual(image, components) -> bool:
    """Whether a JPEG's colours are grey or red, green and blue, which other decoders take them for.

    One component may also be ink, of which 0 is none, and three may be CIELAB.
    """
    found = image.get_metadata().colorspace
    usual = (raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_CALGRAY,
             raw.FPDF_COLORSPACE_DEVICERGB, raw.FPDF_COLORSPACE_CALRGB,
             raw.FPDF_COLORSPACE_ICCBASED)  # fmt: skip
    return components in _COLOURS and found in usual


def _of_bitmap(bitmap) -> np.ndarray:
    return raster.from_pillow(bitmap.to_pil())
