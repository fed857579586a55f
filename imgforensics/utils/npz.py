"""Reading .npz files that may be anything."""

import os

import numpy as np

from imgforensics.utils.errors import UserError


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads all arrays of an .npz file; pickled objects are refused.

    Raises:
        UserError: the file is missing, damaged, or of another kind.
    """
    try:
        with open(path, "rb") as file:
            entries = np.load(file, allow_pickle=False)
            if isinstance(entries, np.lib.npyio.NpzFile):
                with entries:
                    return {key: entries[key] for key in entries.files}
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # zipfile and numpy raise nearly every type on damaged files
        # The first sentence: numpy's second one advises to load it unsafely.
        reason = " ".join(str(error).split()).split(". ")[0]
        raise UserError(f"cannot read {path}: it is damaged, or no .npz file ({reason})") from error
    raise UserError(f"cannot read {path}: it is no .npz file")
