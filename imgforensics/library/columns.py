"""Append-only files of records of one type, as many of which are valid as the catalogue says.

A record is valid once the transaction that counts it is committed. What a process that was killed
has written beyond is cut off before the next record is added.
"""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from imgforensics.library.store import Store
from imgforensics.utils.errors import UserError


class Column(NamedTuple):
    """A file of records.

    Attributes:
        name: of the file, in the folder `columns`.
        dtype: of the numbers.
        shape: of a record.
    """

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.shape, dtype=int))


def count(store: Store, column: Column) -> int:
    """How many records are valid."""
    found = store.catalogue.execute("select records from columns where name = ?", (column.name,))
    return next((records for (records,) in found), 0)


def read(store: Store, column: Column) -> np.ndarray:
    """The valid records, memory-mapped, [n, *shape].

    Raises:
        UserError: the file is missing or has fewer.
    """
    records, path = count(store, column), _path(store, column)
    if not records:
        return np.zeros((0, *column.shape), column.dtype)
    try:
        return np.memmap(path, column.dtype, "r", shape=(records, *column.shape))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is damaged: it should hold {records} records") from error


def append(store: Store, column: Column, values: np.ndarray) -> int:
    """Adds records, within a transaction of the catalogue.

    Args:
        store: open for writing.
        column: to add to.
        values: [n, *shape].

    Returns:
        The number of the first of these records.

    Raises:
        UserError: the file can't be written, for instance on a full disk.
    """
    first, path = count(store, column), _path(store, column)
    try:
        path.parent.mkdir(exist_ok=True)
        with open(path, "ab") as file:
            if file.tell() < first * column.record_bytes:
                raise UserError(f"{path} is damaged: it should hold {first} records")
            file.truncate(first * column.record_bytes)
            file.write(np.ascontiguousarray(values, column.dtype).data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    store.catalogue.execute(
        "insert into columns values (?, ?) on conflict (name) do update set records = ?2",
        (column.name, first + len(values)),
    )
    return first


def _path(store, column) -> pathlib.Path:
    return store.folder / "columns" / column.name
