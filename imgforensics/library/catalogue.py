"""The SQLite file of a case or a library: opened, brought up to date, its errors in plain words."""

import contextlib
import importlib.resources
import os
import pathlib
import sqlite3
from collections.abc import Iterator

from imgforensics.utils.errors import UserError

NAME = "catalogue.sqlite"
_ID = 0x1F0CA5E  # tells such a file from other databases (PRAGMA application_id)
_PATIENCE = 5.0  # seconds that another program's transaction is waited for
_WORDS = {
    "SQLITE_FULL": "the disk is full: make room, then run the same command again",
    "SQLITE_BUSY": "another program is writing to it: wait for its end",
    "SQLITE_LOCKED": "another program is writing to it: wait for its end",
    "SQLITE_NOTADB": "it is no database: name another folder",
    "SQLITE_CORRUPT": "it is damaged: name another folder",
    "SQLITE_READONLY": "it can't be written to: change its permissions, or name another folder",
    "SQLITE_CANTOPEN": "it can't be opened: look at its permissions",
    "SQLITE_IOERR": "the disk does not read or write: run the same command again",
}


@contextlib.contextmanager
def opened(folder: str | os.PathLike, new: bool = False) -> Iterator[sqlite3.Connection]:
    """Opens the catalogue of a folder, and closes it.

    Args:
        folder: that holds it.
        new: whether to make one where there is none. An older one is brought up to date if new,
            and else refused like a newer one.

    Yields:
        A connection that commits every statement of its own, unless within a `transaction`. What
        SQLite raises in the block becomes a `UserError`, too.

    Raises:
        UserError: there is none, it belongs to another program or version, or can't be used.
    """
    path = pathlib.Path(folder, NAME)
    if not new and not path.is_file():
        raise UserError(f"{folder} is no case and no library: there is no {NAME} in it")
    with _in_words(path):
        connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        with contextlib.closing(connection):
            connection.execute("pragma foreign_keys = on")
            _bring_up_to_date(connection, path, new)
            yield connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements of the block come into effect, or none."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _bring_up_to_date(connection, path, new) -> None:
    migrations = _migrations()
    (version,) = connection.execute("pragma user_version").fetchone()
    (owner,) = connection.execute("pragma application_id").fetchone()
    empty = not connection.execute("select count(*) from sqlite_master").fetchone()[0]
    if owner != _ID and not (new and empty):
        raise UserError(f"{path} is the database of another program: name another folder")
    if version > len(migrations):
        raise UserError(f"{path} was made by a newer imgforensics: update this one")
    if version == len(migrations):
        return
    if not new:
        raise UserError(f"{path} was made by an older imgforensics: add to it or screen it first")
    connection.execute("pragma journal_mode = wal")
    for number, script in enumerate(migrations[version:], version + 1):
        # executescript would commit what is open before it; so the script has the transaction.
        connection.executescript(
            f"begin immediate; {script}; pragma application_id = {_ID}; "
            f"pragma user_version = {number}; commit;"
        )


def _migrations() -> list[str]:
    """SQL scripts in the order of their numbers, 0001.sql and so on."""
    folder = importlib.resources.files(__package__) / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


@contextlib.contextmanager
def _in_words(path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        for code, words in _WORDS.items():
            if name.startswith(code):
                raise UserError(f"cannot use {path}: {words}") from error
        raise
