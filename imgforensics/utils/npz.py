"""Reading .npz files that may be anything.

A file's directory and the headers of its arrays are read first. They say how much memory the arrays
will take, and what they are, before any of it is taken.
"""

import contextlib
import math
import os
import warnings
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.utils import reading
from imgforensics.utils.errors import UserError

MAX_BYTES = 2**31  # of all arrays of a file
_MAX_ARRAYS = 10_000
_KINDS = "biufUS"  # of numpy's dtypes: neither Python's objects nor records
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for memory of their own
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Header(NamedTuple):
    """What an array will be, once it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        """The memory that the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize


class Arrays:
    """The arrays of an open .npz file.

    Attributes:
        headers: of all arrays, by name.
    """

    def __init__(self, path: str | os.PathLike, archive: zipfile.ZipFile):
        self._path, self._archive = path, archive
        self.headers = {}
        entries = archive.infolist()
        if len(entries) > _MAX_ARRAYS:
            raise ValueError(f"it has {len(entries)} entries")
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            if name == entry.filename or name in self.headers:
                raise ValueError(f"{entry.filename!r} is no array, or is there twice")
            if entry.compress_type not in _METHODS:
                raise ValueError(f"{name} is compressed in another way than numpy's")
            self.headers[name] = self._header(entry)

    def read(self, name: str) -> np.ndarray:
        """One of the arrays.

        Raises:
            UserError: it is damaged.
        """
        header = self.headers[name]
        with _told(self._path), self._archive.open(f"{name}.npy") as file:
            _, order = _read_header(file)
            content = bytearray(file.read(header.nbytes))
            if len(content) != header.nbytes or file.read(1):  # at the end zipfile checks the sum
                raise ValueError(f"{name} is cut short")
            return np.frombuffer(content, header.dtype).reshape(header.shape, order=order)

    def _header(self, entry):
        with self._archive.open(entry) as file:
            header, _ = _read_header(file)
            if header.dtype.kind not in _KINDS:
                raise ValueError(f"{entry.filename} holds no plain numbers or text")
            if min(header.shape, default=0) < 0 or file.tell() + header.nbytes != entry.file_size:
                raise ValueError(f"the size of {entry.filename} is not that of its array")
        return header


def _read_header(file):
    """The header at the start of an .npy file, and the array's order in memory: "C" or "F"."""
    read = _READERS.get(np.lib.format.read_magic(file))
    if read is None:
        raise ValueError("an array is of an unknown version of numpy's format")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy writes no header that it warns of
        shape, fortran, dtype = read(file)
    return Header(shape, dtype), "F" if fortran else "C"


@contextlib.contextmanager
def opened(path: str | os.PathLike, most: int = MAX_BYTES) -> Iterator[Arrays]:
    """Opens an .npz file and reads the headers of its arrays.

    Args:
        path: of the file.
        most: bytes that all arrays together may have.

    Raises:
        UserError: the file is missing, damaged, too large, or of another kind; holds pickled
            objects.
    """
    with contextlib.ExitStack() as stack:
        with _told(path):
            archive = zipfile.ZipFile(stack.enter_context(reading.open_regular(path)))
            arrays = Arrays(path, stack.enter_context(archive))
        total = sum(header.nbytes for header in arrays.headers.values())
        if total > most:
            raise UserError(
                f"cannot read {path}: its arrays take {total} bytes, and no more than {most} are "
                "read"
            )
        yield arrays


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads all arrays of an .npz file; pickled objects are refused.

    Raises:
        UserError: as by `opened`.
    """
    with opened(path) as arrays:
        return {name: arrays.read(name) for name in arrays.headers}


@contextlib.contextmanager
def _told(path):
    """Makes one line of whatever zipfile and numpy raise on a damaged file, which is any type."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot read {path}: {reading.reason(error)}") from error
    except Exception as error:
        # The first sentence: numpy's second one advises to load it unsafely.
        reason = reading.reason(error).split(". ")[0]
        raise UserError(f"cannot read {path}: it is damaged, or no .npz file ({reason})") from error
