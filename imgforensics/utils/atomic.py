"""Files that are either complete or not there."""

import contextlib
import os
import pathlib
from collections.abc import Iterator
from typing import IO, Any

from imgforensics.utils.errors import UserError


@contextlib.contextmanager
def writing(path: str | os.PathLike, mode: str = "w") -> Iterator[IO]:
    """Opens a file that takes the place of `path` once the block has ended without an error.

    Until then, and after an error, whatever was at `path` is still there. Folders that are missing
    on the way are made.

    Args:
        path: where the file shall be.
        mode: "w" for UTF-8 text, "wb" for bytes.

    Raises:
        UserError: the file can't be written, for instance on a full disk.
    """
    path = pathlib.Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    try:
        if path.is_dir():
            raise UserError(f"cannot write {path}: it is a folder, name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
