"""JSON files that name their format first: manifests, and verdicts."""

import json
import os
from collections.abc import Mapping

from imgforensics.utils import atomic, reading
from imgforensics.utils.errors import UserError


def write(path: str | os.PathLike, kind: str, values: Mapping[str, object]) -> None:
    """Writes a record; an existing file is replaced.

    Args:
        path: of the file.
        kind: the name of its format.
        values: what JSON takes.

    Raises:
        UserError: nothing can be written there.
    """
    with atomic.writing(path) as file:
        json.dump({"format": kind, **values}, file, indent=1)
        file.write("\n")


def read(path: str | os.PathLike, kind: str, remedy: str) -> dict:
    """The values that `write`, or the page of a report, wrote.

    Args:
        path: of the file.
        kind: the name of its format.
        remedy: what a file of another kind is not, and what to do: "holds no …: name …".

    Raises:
        UserError: it can't be read, or is no record of this format.
    """
    try:
        record = reading.parse(reading.text(path))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {reading.reason(error)}") from error
    if not isinstance(record, dict) or record.pop("format", None) != kind:
        raise UserError(f"{path} {remedy}")
    return record
