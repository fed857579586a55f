"""A place to write to where nothing can be lost, and from which nothing incomplete is read."""

import contextlib
import os
import pathlib
import shlex
from collections.abc import Iterator

from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

_MARK = ".incomplete"


def new_folder(folder: str | os.PathLike) -> pathlib.Path:
    """Makes the folder if it is missing.

    Raises:
        UserError: it can't be made, or something is in it already.
    """
    root = pathlib.Path(folder)
    try:
        root.mkdir(parents=True, exist_ok=True)
        atomic.sweep(root)
        taken = any(root.iterdir())
    except OSError as error:
        raise UserError(f"cannot write to {root}: {error.strerror}") from error
    check_complete(root)
    if taken:
        raise UserError(f"{root} is not empty: nothing is overwritten, name a new folder")
    return root


@contextlib.contextmanager
def filling(folder: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A new folder that counts as incomplete until the block has ended without an error.

    Raises:
        UserError: as of `new_folder`, or on a full disk.
    """
    root = new_folder(folder)
    try:
        (root / _MARK).touch()
        yield root
        (root / _MARK).unlink()
    except OSError as error:
        raise UserError(f"cannot write to {root}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            if os.listdir(root) == [_MARK]:  # an error came before anything was written
                (root / _MARK).unlink()


def check_complete(folder: str | os.PathLike) -> None:
    """Refuses a folder that `filling` has begun and not ended.

    Raises:
        UserError: says so, and how to start anew.
    """
    if (pathlib.Path(folder) / _MARK).exists():
        raise UserError(
            f"{folder} is incomplete, since what filled it was ended half-way: start anew with "
            f"`rm -r {shlex.quote(os.fspath(folder))}` and the same command"
        )
