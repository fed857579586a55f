"""Reading small files that may be anything: pipes, endless, nested a million levels deep.

Errors are `OSError` and `ValueError`, whose `reason` is one clause; who reads knows the remedy.
"""

import json
import os
import pathlib
import stat
from typing import Any, BinaryIO

MAX_TEXT = 2**24  # bytes of a text file
_MAX_DEPTH = 64  # of what JSON nests


def open_regular(path: str | os.PathLike) -> BinaryIO:
    """Opens a file for reading, but no pipe, socket or device, from which reading may never end.

    Raises:
        OSError: the file can't be opened.
        ValueError: it is of another kind.
    """
    # Without O_NONBLOCK the opening of a pipe waits until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind):
        os.close(descriptor)
        raise ValueError("it is a folder" if stat.S_ISDIR(kind) else "it is no regular file")
    return open(descriptor, "rb")


def check_regular(folder: str | os.PathLike) -> None:
    """Refuses a folder in which there is anything but files and folders that can be read.

    Raises:
        OSError: something can't be looked at.
        ValueError: names what is of another kind.
    """
    for path in pathlib.Path(folder).rglob("*"):
        if not (path.is_dir() or path.is_file()):
            raise ValueError(f"{path.name} is no regular file")


def text(path: str | os.PathLike, most: int = MAX_TEXT) -> str:
    """The content of a UTF-8 file.

    Args:
        path: of the file.
        most: bytes that it may have.

    Raises:
        OSError: the file can't be read.
        ValueError: it is of another kind, too large, or not UTF-8.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error


def parse(content: str) -> Any:
    """The value that a JSON text describes; numbers are finite, as RFC 8259 has it.

    Raises:
        ValueError: the text is no JSON, or nested too deeply.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"it is no JSON: {reason(error)}") from error
    _check_depth(value, _MAX_DEPTH)
    return value


def reason(error: Exception) -> str:
    """What an `OSError` or a `ValueError` says, in one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _refuse_constant(name):
    raise ValueError(f"{name} is no number")


def _finite(digits):
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is too large a number")
    return value


def _check_depth(value, left):
    if not left:
        raise ValueError("it is nested too deeply")
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_depth(inner, left - 1)
