"""Folders for a while, which no killed process leaves for ever."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

_PREFIX, _LOCK = "imgforensics-", ".lock"


@contextlib.contextmanager
def folder() -> Iterator[pathlib.Path]:
    """A new folder among the system's temporary ones, that is removed at the end of the block.

    What killed processes have left of such folders is removed, too: the lock on one ends with the
    process that made it, whatever ended that.
    """
    _sweep(pathlib.Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as made, open(f"{made}/new", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.rename(lock.name, f"{made}/{_LOCK}")  # so that nobody sees it unlocked
        inner = pathlib.Path(made, "inner")
        inner.mkdir()
        yield inner


def _sweep(parent: pathlib.Path) -> None:
    for left in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError), open(left, "rb") as lock:
            if os.fstat(lock.fileno()).st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left.parent, ignore_errors=True)
