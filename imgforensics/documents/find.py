"""The documents in folders, and which files are passed over, and why."""

import os
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

from imgforensics.data.tree import walk
from imgforensics.images import kinds
from imgforensics.utils import pictures, reading
from imgforensics.utils.errors import UserError

READ = {*kinds.READ, "PDF", "ZIP or Office"}
SUFFIXES = (*kinds.SUFFIXES, ".pdf", ".docx", ".docm", ".pptx", ".pptm", ".zip")
# Of a folder: what nobody takes for a picture or a document with pictures.
_OTHER = {None, "text", "web page", "NumPy", "gzip"}


class Listing(NamedTuple):
    """What was found.

    Attributes:
        paths: of the files to read, as given or below the folder as given; each once.
        passed_over: of files in folders, and of folders, the reason why not.
    """

    paths: list[str]
    passed_over: dict[str, str]


def find(paths: Iterable[str | os.PathLike[str]]) -> Listing:
    """Lists documents, without reading more than their first bytes.

    A file that is named is listed whatever it is. In folders, and those within, the content of a
    file says whether it is a document; a name that says so is enough, so that a damaged one is not
    lost. Hidden files and what the commands have drawn are passed over.

    Args:
        paths: files and folders.

    Raises:
        UserError: one is not there, or a folder can't be listed.
    """
    found: dict[str, None] = {}
    passed_over: dict[str, str] = {}
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise UserError(f"{path} is not there: name files and folders")
        if not path.is_dir():
            found[str(path)] = None
            continue
        unlistable: dict[str, str] = {}
        for name in sorted(walk(path, unlistable)):
            file = path / name
            if reason := _reason_against(file):
                passed_over[str(file)] = reason
            else:
                found[str(file)] = None
        passed_over |= {str(path / name): reason for name, reason in unlistable.items()}
    return Listing(list(found), passed_over)


def _reason_against(path: pathlib.Path) -> str | None:
    if pictures.is_drawn(path):
        return "drawn by imgforensics"
    if path.name.lower().endswith(SUFFIXES):
        return None
    try:
        with reading.open_regular(path) as file:
            kind = kinds.kind(file.read(kinds.START))
    except (OSError, ValueError) as error:
        return reading.reason(error)
    if kind in READ:
        return None
    if kind in _OTHER:
        return f"its content is {kind or 'of a kind that is not known'}"
    return f"its content is of the kind {kind}, which is not read; {kinds.remedy(kind)}"
