"""The folder of a case or a library.

catalogue.sqlite          documents, figures, panels and what is known of them: see migrations/
columns/NAME              append-only records, such as embeddings: see `columns`
pictures/AB/ABCDEF….png   what panels show, by the hash of their grey levels
figures/AB/ABCDEF….jpg    figures of several panels, smaller, for people to look at
pages/AB/ABCDEF…-12.jpg   pages that have figures, smaller, by the hash of the file
"""

import contextlib
import fcntl
import os
import pathlib
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.library import catalogue
from imgforensics.utils import atomic, digests, outputs
from imgforensics.utils.errors import UserError

_LOCK = ".lock"
_QUICK = [cv2.IMWRITE_PNG_COMPRESSION, 1]  # micrographs hardly become smaller with more effort
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
_MAX_FIGURE = 1600  # pixels of the longer side of a figure that is kept to be looked at


class Store(NamedTuple):
    """An open case or library.

    Attributes:
        folder: of it.
        catalogue: its database.
    """

    folder: pathlib.Path
    catalogue: sqlite3.Connection


@contextlib.contextmanager
def writing(folder: str | os.PathLike) -> Iterator[Store]:
    """Opens a case or library to add to it; makes it where there is none.

    Raises:
        UserError: the folder holds something else or can't be written to, another process is
            writing to it, or its catalogue can't be used (see `catalogue.opened`).
    """
    folder = outputs.check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    inside = {entry.name for entry in os.scandir(folder)}
    if inside - {_LOCK} and catalogue.NAME not in inside:
        raise UserError(f"{folder} holds other files: name a new folder")
    with _alone(folder), catalogue.opened(folder, new=True) as connection:
        yield Store(folder, connection)


@contextlib.contextmanager
def existing(folder: str | os.PathLike) -> Iterator[Store]:
    """Opens a case or library that is there, to add to it.

    Raises:
        UserError: there is none, another process is writing to it, or it can't be used.
    """
    if not is_store(folder):
        raise UserError(f"{folder} is no case and no library: there is no {catalogue.NAME} in it")
    with writing(folder) as store:
        yield store


@contextlib.contextmanager
def reading(folder: str | os.PathLike) -> Iterator[Store]:
    """Opens a case or library that is there, while others may be adding to it.

    Raises:
        UserError: there is none, or its catalogue can't be used.
    """
    with catalogue.opened(folder) as connection:
        yield Store(pathlib.Path(folder), connection)


def is_store(folder: str | os.PathLike) -> bool:
    """Whether a folder is a case or a library."""
    return pathlib.Path(folder, catalogue.NAME).is_file()


def setting(store: Store, name: str) -> str | None:
    """What a setting is, if it is set."""
    found = store.catalogue.execute("select value from settings where name = ?", (name,))
    return next((value for (value,) in found), None)


def set_to(store: Store, name: str, value: str) -> None:
    """Sets a setting."""
    store.catalogue.execute("insert or replace into settings values (?, ?)", (name, value))


def keep_picture(store: Store, pixels: np.ndarray) -> str:
    """Writes what a panel shows, uint8 [height, width], unless it is there; returns its hash."""
    digest = digests.of_pixels(pixels)
    if not _picture(store, digest).is_file():
        keep_picture_file(store, png(pixels), digest)
    return digest


def keep_picture_file(store: Store, content: bytes, digest: str) -> None:
    """Writes what `png` gave of a picture, by the hash of its pixels."""
    _write(_picture(store, digest), content)


def png(pixels: np.ndarray) -> bytes:
    """The file that is kept of a picture, uint8 [height, width]."""
    return cv2.imencode(".png", pixels, _QUICK)[1].tobytes()


def picture(store: Store, digest: str) -> np.ndarray:
    """What `keep_picture` was given.

    Raises:
        UserError: its file is missing or damaged.
    """
    path = _picture(store, digest)
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None or digests.of_pixels(pixels) != digest:
        raise UserError(f"{path} is missing or damaged: name a new folder, and start again")
    return pixels


def picture_file(store: Store, digest: str) -> bytes:
    """The PNG file of a picture.

    Raises:
        UserError: it is missing.
    """
    path = _picture(store, digest)
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def jpeg(pixels: np.ndarray) -> bytes:
    """The file that is kept of a figure, uint8 [height, width], to be looked at."""
    factor = min(1.0, _MAX_FIGURE / max(pixels.shape))
    size = tuple(max(1, round(length * factor)) for length in pixels.shape[::-1])
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    return cv2.imencode(".jpg", small, _QUALITY)[1].tobytes()


def keep_sheet(store: Store, file: str, page: int, content: bytes) -> None:
    """Writes what a page looks like, as a JPEG file, by the hash of its document."""
    _write(sheet_path(store.folder, file, page), content)


def keep_figure(store: Store, content: bytes, digest: str) -> None:
    """Writes what `jpeg` gave of a figure, by the hash of the figure's pixels."""
    _write(figure_path(store.folder, digest), content)


def figure_file(store: Store, digest: str) -> bytes | None:
    """What `keep_figure` wrote; None if there is none, since the figure has one panel."""
    return _content(figure_path(store.folder, digest))


def sheet_file(store: Store, file: str, page: int) -> bytes | None:
    """What `keep_sheet` wrote; None if there is none, since the document has no pages to see."""
    return _content(sheet_path(store.folder, file, page))


def picture_path(folder: pathlib.Path, digest: str) -> pathlib.Path:
    """Where a picture's PNG file is."""
    return folder / "pictures" / digest[:2] / f"{digest}.png"


def figure_path(folder: pathlib.Path, digest: str) -> pathlib.Path:
    """Where a figure's JPEG file is, if it has several panels."""
    return folder / "figures" / digest[:2] / f"{digest}.jpg"


def sheet_path(folder: pathlib.Path, file: str, page: int) -> pathlib.Path:
    """Where the JPEG file of a page is, if there is one; pages count from 1."""
    return folder / "pages" / file[:2] / f"{file}-{page}.jpg"


def _picture(store, digest):
    return picture_path(store.folder, digest)


def _content(path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path, content) -> None:
    with atomic.writing(path, "wb") as file:
        file.write(content)


@contextlib.contextmanager
def _alone(folder) -> Iterator[None]:
    """Keeps other processes from writing to a folder; the lock ends with this process."""
    with open(folder / _LOCK, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"another process is working on {folder}: wait for its end, or name another folder"
            ) from error
        yield
