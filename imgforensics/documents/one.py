"""One document, read in a process of its own, to frames in a file."""

from typing import BinaryIO

from imgforensics.documents import frames, pictures
from imgforensics.documents.found import Contents, Found, Unread, sha256
from imgforensics.documents.limits import Limits
from imgforensics.utils import digests, reading
from imgforensics.utils.errors import UserError


class OutputError(Exception):
    """The frames can't be written."""


def read(path: str, out: BinaryIO, limits: Limits) -> None:
    """Reads a file and, of an archive, the files in it.

    Args:
        path: of the file.
        out: takes the frames (see `Output`).
        limits: of the document.
    """
    output = Output(out, limits)
    try:
        with reading.open_regular(path) as file:
            content = file.read()
    except (OSError, ValueError) as error:
        output.document(path, "")
        output.problem(f"cannot read it: {reading.reason(error)}")
        return
    _document(path, content, output)


class Output:
    """Writes frames, and sees to the limits.

    Frames: `document` (path, sha256), then `pages` (count), `figure`, `unread` (text) and `problem`
    (text) of it.
    """

    def __init__(self, file: BinaryIO, limits: Limits):
        self.limits = limits
        self._file = file
        self._pixels = self._figures = 0

    def document(self, path: str, digest: str) -> None:
        self._on_page: dict[int, int] = {}
        self._write("document", path=path, sha256=digest)

    def pages(self, count: int) -> None:
        self._write("pages", count=count)

    def figure(self, found: Found) -> None:
        """Writes a figure.

        Raises:
            UserError: there are too many.
        """
        self._figures += 1
        self._pixels += found.pixels.size
        if self._figures > self.limits.figures or self._pixels > self.limits.pixels:
            raise UserError(
                f"from page {found.page} on it was not read: more than {self.limits.figures} "
                f"figures or {self.limits.pixels} pixels; split it"
            )
        number = self._on_page[found.page] = self._on_page.get(found.page, 0) + 1
        self._write(
            "figure", found.pixels, page=found.page, number=number, box=found.box,
            stream_sha256=found.stream_sha256, pixels_sha256=digests.of_pixels(found.pixels),
            note=found.note,
        )  # fmt: skip

    def unread(self, text: str) -> None:
        self._write("unread", text=text)

    def problem(self, text: str) -> None:
        self._write("problem", text=text)

    def _write(self, kind, pixels=None, **values) -> None:
        try:
            frames.write(self._file, kind, pixels, **values)
        except OSError as error:
            raise OutputError from error


def _document(name, content, output) -> None:
    output.document(name, sha256(content))
    try:
        opened = _contents(content)
        output.pages(opened.pages)
        for part in opened.parts:
            if isinstance(part, Unread):
                output.unread(part.text)
            else:
                output.figure(part)
    except MemoryError:
        gibibytes = output.limits.memory / 2**30
        output.problem(f"it needs more memory than {gibibytes:.3g} GiB; split it")
    except UserError as error:
        output.problem(str(error))
    except OutputError:
        raise
    except Exception:  # decoders raise nearly every type on damaged files
        output.problem("damaged, or of an unsupported kind")


def _contents(content: bytes) -> Contents:
    if not content:
        raise UserError("the file is empty (0 bytes)")
    return pictures.contents(content)
