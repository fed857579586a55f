"""One document, read in a process of its own, to frames in a file."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from imgforensics.documents import frames, kind, office, pdf, pictures
from imgforensics.documents.found import Contents, Found, Sheet, Unread, sha256
from imgforensics.documents.limits import Limits
from imgforensics.documents.packed import Budget, Packed
from imgforensics.utils import digests, reading
from imgforensics.utils.errors import UserError


class OutputError(Exception):
    """The frames can't be written."""


def read(name: str, path: str, out: BinaryIO, limits: Limits) -> None:
    """Reads a file and, of an archive, the files in it.

    Args:
        name: that the file goes by.
        path: of the file.
        out: takes the frames (see `Output`).
        limits: of the document.
    """
    output = Output(out, limits)
    try:
        with reading.open_regular(path) as file:
            content = file.read()
    except (OSError, ValueError) as error:
        output.document(name, "")
        output.problem(f"cannot read it: {reading.reason(error)}")
        return
    _document(name, content, output, Budget(limits))


class Output:
    """Writes frames, and sees to the limits.

    Frames: `document` (path, sha256), then `pages` (count), `figure`, `sheet` (page; its pixels are
    the bytes of a JPEG file), `unread` (text) and `problem` (text) of it.
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

    def sheet(self, found: Sheet) -> None:
        self._write("sheet", np.frombuffer(found.jpeg, np.uint8)[None], page=found.page)

    def unread(self, text: str) -> None:
        self._write("unread", text=text)

    def problem(self, text: str) -> None:
        self._write("problem", text=text)

    def _write(self, kind, pixels=None, **values) -> None:
        try:
            frames.write(self._file, kind, pixels, **values)
        except OSError as error:
            raise OutputError from error


def _document(name, content, output, budget, depth=0) -> None:
    output.document(name, sha256(content))
    packed: Packed | None = None
    with _problems(output):
        if kind.of(content[: kind.START]) == kind.PACKED:
            packed = Packed(content, budget, output.limits.files)
        if packed is None or office.is_office(packed):
            _write(_contents(content, packed, output.limits), output)
        else:
            _archive(name, packed, output, budget, depth)


def _archive(name, packed, output, budget, depth) -> None:
    """The files of an archive, as documents of their own."""
    for member in _members(packed, output, depth):
        path, content = f"{name}/{member}", None
        with _problems(output, path):
            content = packed.read(member)
        if content is not None:
            _document(path, content, output, budget, depth + 1)


def _contents(content, packed, limits) -> Contents:
    if not content:
        raise UserError("the file is empty (0 bytes)")
    if packed is not None:
        return office.contents(packed)
    if kind.of(content[: kind.START]) == kind.PDF:
        return pdf.contents(content, limits.pages)
    return pictures.contents(content)


def _write(contents, output) -> None:
    output.pages(contents.pages)
    for part in contents.parts:
        if isinstance(part, Unread):
            output.unread(part.text)
        elif isinstance(part, Sheet):
            output.sheet(part)
        else:
            output.figure(part)


def _members(packed, output, depth) -> list[str]:
    """The documents in an archive; what else is in it is written down."""
    if depth >= output.limits.depth:
        raise UserError(f"it lies in {depth} archives, one in another; unpack them")
    output.pages(len(packed.names))
    members = []
    for name in packed.names:
        if _is_hidden(name):
            continue
        reason = kind.reason_against(name, packed.start(name, kind.START))
        if reason is None:
            members.append(name)
        else:
            output.unread(f"{name}: {reason}")
    return members


def _is_hidden(name) -> bool:
    """Files and folders that a folder's listing leaves out, and those of macOS's archives."""
    return any(
        part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in name.split("/")
    )


@contextlib.contextmanager
def _problems(output, path=None) -> Iterator[None]:
    """Writes what is wrong with a document; a path, of one of which nothing is written yet."""
    try:
        yield
        return
    except OutputError:
        raise
    except MemoryError:
        text = f"it needs more memory than {output.limits.memory / 2**30:.3g} GiB; split it"
    except UserError as error:
        text = str(error).removeprefix("cannot read it: ")
    except Exception:  # decoders raise nearly every type on damaged files
        text = "damaged, or of an unsupported kind"
    if path is not None:
        output.document(path, "")
    output.problem(text)
