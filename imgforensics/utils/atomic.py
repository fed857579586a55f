"""Files that are either complete or not there."""

import contextlib
import fcntl
import os
import pathlib
import secrets
from collections.abc import Iterator
from typing import IO, Any

from imgforensics.utils.errors import UserError

_PREFIX, _SUFFIX = ".imgforensics-", ".part"


@contextlib.contextmanager
def writing(path: str | os.PathLike, mode: str = "w") -> Iterator[IO]:
    """Opens a file that takes the place of `path` once the block has ended without an error.

    Until then, and after an error, whatever was at `path` is still there. Folders that are missing
    on the way are made. What a killed process has left half-written in the folder is removed.

    Args:
        path: where the file shall be.
        mode: "w" for UTF-8 text, in which names that are not UTF-8 are kept byte for byte (PEP
            383), "wb" for bytes.

    Raises:
        UserError: the file can't be written, for instance on a full disk.
    """
    path = pathlib.Path(path)
    # Its name says nothing of the file's, which may be as long as names can be.
    part = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    try:
        if path.is_dir():
            raise UserError(f"cannot write {path}: it is a folder, name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with _opened(part, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def sweep(folder: str | os.PathLike[str]) -> None:
    """Removes half-written files of processes that have been killed.

    The lock on such a file ends with the process that wrote it, whatever ended that. Where there
    are no locks (some network disks), nothing is removed.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError), open(entry.path, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)


def _opened(part: pathlib.Path, mode: str) -> IO:
    """A new file, locked; again, should another process's `sweep` have come before the lock."""
    text: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
    how = {} if "b" in mode else text
    while True:
        file = open(part, mode, **how)
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()
