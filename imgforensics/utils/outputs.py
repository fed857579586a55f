"""Whether results can be written, found out before the work that leads to them."""

import contextlib
import os
import pathlib
import tempfile

from imgforensics.utils.errors import UserError


def check_folder(folder: str | os.PathLike) -> pathlib.Path:
    """Tries to make a folder, if it is missing, and to write to it; nothing is left of that.

    Raises:
        UserError: it can't be made or written to, or is a file.
    """
    folder, missing = pathlib.Path(folder), []
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except FileExistsError as error:
        raise UserError(f"cannot write to {folder}: it is no folder, name one") from error
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror or error}") from error
    finally:
        for each in missing:
            with contextlib.suppress(OSError):
                each.rmdir()


def check_file(path: str | os.PathLike) -> pathlib.Path:
    """The same of the folder of a file that is to be written.

    Raises:
        UserError: likewise, or there is a folder in the file's place.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder, name a file")
    check_folder(path.parent)
    return path
