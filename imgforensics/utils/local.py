"""What is written stays on this machine: addresses of the cloud are no paths."""

import os
import re

from imgforensics.utils.errors import UserError

# Two letters and more before the colon. A path swallows the second of two slashes.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def check(path: str | os.PathLike, what: str) -> None:
    """Refuses gs://bucket/folder and the like, which would become a folder that is named `gs:`.

    Args:
        path: that a user named.
        what: it is, for the message.

    Raises:
        UserError: it is an address.
    """
    if is_address(path):
        raise UserError(
            f"{what} {os.fspath(path)} is an address, and only local files and folders are read "
            "and written: copy it, or mount it as a folder"
        )


def is_address(path: str | os.PathLike) -> bool:
    """Whether a path begins as the address of something elsewhere does."""
    return bool(_ADDRESS.match(os.fspath(path)))
