"""What is read of a document: its figures, where they lie, and what could not be read."""

import dataclasses
from collections.abc import Mapping

import numpy as np

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclasses.dataclass(frozen=True)
class Figure:
    """A picture in a document.

    Attributes:
        document: path of the document, as given; of what lies in an archive, the archive's path
            and the name within.
        sha256: of the document's bytes, in hexadecimal.
        page: its number, from 1; of a DOCX file, which has no pages of its own, 1.
        number: of the figure on its page, from 1.
        box: x0, y0, x1, y1 in fractions of the page as it is shown, or of the image where the
            document is one; the origin is the upper left. What lies beyond the page is below 0 or
            above 1. In a DOCX file, whose pages are the reader's, that of the whole image.
        stream_sha256: of the bytes that encode the picture in the document; of one that was joined
            from several, of the pixels.
        pixels_sha256: of the pixels and their shape (`utils.digests.of_pixels`).
        pixels: uint8 [height, width], grey levels as `images.read` gives them; read-only.
        note: what is wrong with it, such as a JPEG's lost end; None where nothing is.
    """

    document: str
    sha256: str
    page: int
    number: int
    box: Box
    stream_sha256: str
    pixels_sha256: str
    pixels: np.ndarray = dataclasses.field(repr=False, compare=False)
    note: str | None = None


@dataclasses.dataclass(frozen=True)
class Document:
    """A document that was read, as far as it could be.

    Attributes:
        path: as given; of what lies in an archive, the archive's path and the name within.
        sha256: of its bytes, in hexadecimal; "" where they can't be read.
        pages: how many it has; of an archive, its files.
        figures: in the order of the pages.
        problem: why nothing was read, or nothing from some point on; None where all of it was.
        unread: parts that were passed over, each with the reason, such as "page 3: ...".
        sheets: of pages that have figures, by their numbers from 1, a grey JPEG file of what they
            look like; of PDF files only, and not of pages that take too long to draw.
    """

    path: str
    sha256: str
    pages: int
    figures: tuple[Figure, ...] = ()
    problem: str | None = None
    unread: tuple[str, ...] = ()
    sheets: Mapping[int, bytes] = dataclasses.field(default_factory=dict, repr=False)
