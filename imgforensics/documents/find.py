"""The documents in folders, and which files are passed over, and why."""

import os
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

from imgforensics.data.tree import walk
from imgforensics.documents import kind
from imgforensics.utils import pictures, reading
from imgforensics.utils.errors import UserError


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

    A file that is named is listed whatever it is. In folders, and those within, its name or its
    content says whether a file is a document. Hidden files are left out.

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
    try:
        with reading.open_regular(path) as file:
            return kind.reason_against(path.name, file.read(kind.START))
    except (OSError, ValueError) as error:
        return f"cannot read it: {reading.reason(error)}"
