"""A place to write to where nothing can be lost."""

import os
import pathlib

from imgforensics.utils.errors import UserError


def new_folder(folder: str | os.PathLike) -> pathlib.Path:
    """Makes the folder if it is missing.

    Raises:
        UserError: it can't be made, or something is in it already.
    """
    root = pathlib.Path(folder)
    try:
        root.mkdir(parents=True, exist_ok=True)
        taken = any(root.iterdir())
    except OSError as error:
        raise UserError(f"cannot write to {root}: {error.strerror}") from error
    if taken:
        raise UserError(f"{root} is not empty: nothing is overwritten, name a new folder")
    return root
