"""What people judged of pairs of pictures: kept by the pictures' hashes, and never changed."""

import datetime
import os
import re
import sqlite3
from collections.abc import Sequence

from imgforensics.library.verdicts import Verdict as Verdict
from imgforensics.library.verdicts import add as add
from imgforensics.library.verdicts import all_of as all_of
from imgforensics.screening import records
from imgforensics.utils.errors import UserError

CONCERN, ACCEPTABLE, NOT_THE_SAME, UNSURE = "concern", "acceptable", "not the same", "unsure"
VERDICTS = (CONCERN, ACCEPTABLE, NOT_THE_SAME, UNSURE)
BENIGN = (ACCEPTABLE, NOT_THE_SAME)
FORMAT = "imgforensics verdicts 1"
_HASH = re.compile("[0-9a-f]{64}")
_MAX_TEXT = 10_000  # characters of a note or a name


def verdict(
    pictures: tuple[str, str], given: str, reviewer: str, note: str, weights: str
) -> Verdict:
    """A verdict that is given now, on pictures in either order.

    Raises:
        UserError: it is none, or its texts are too long.
    """
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    made = Verdict(min(pictures), max(pictures), given, reviewer, note, time, weights)
    if problem := _problem(made._asdict()):
        raise UserError(f"this is no verdict: {problem}")
    return made


def latest(catalogue: sqlite3.Connection) -> dict[tuple[str, str], Verdict]:
    """The last verdict on each pair that has any."""
    return {(each.first, each.second): each for each in all_of(catalogue)}


def save(given: Sequence[Verdict], path: str | os.PathLike) -> None:
    """Writes verdicts as JSON."""
    records.write(path, FORMAT, {"verdicts": [each._asdict() for each in given]})


def load(path: str | os.PathLike) -> list[Verdict]:
    """Reads what `save`, or the page of a report, wrote.

    Raises:
        UserError: it can't be read, or holds something else.
    """
    remedy = "holds no verdicts: export some with `imgforensics verdicts`"
    rows = records.read(path, FORMAT, remedy).get("verdicts")
    if not isinstance(rows, list):
        raise UserError(f"{path} {remedy}")
    for number, row in enumerate(rows, 1):
        if problem := _problem(row):
            raise UserError(f"{path}: verdict {number} is none: {problem}")
    return [Verdict(**row) for row in rows]


def _problem(row) -> str | None:
    """What is wrong with the fields of a verdict, if anything is."""
    if not isinstance(row, dict) or row.keys() != set(Verdict._fields):
        return f"its fields are not {', '.join(Verdict._fields)}"
    if not all(isinstance(value, str) and len(value) <= _MAX_TEXT for value in row.values()):
        return f"a field is no text, or longer than {_MAX_TEXT} characters"
    if not all(map(_is_text, row.values())):
        return "a field holds what is no character"
    if not all(_HASH.fullmatch(row[name]) for name in ("first", "second", "weights")):
        return "a hash is no SHA-256"
    if row["first"] > row["second"]:
        return "its hashes are not in order"
    if row["verdict"] not in VERDICTS:
        return f"{row['verdict']!r} is none of {', '.join(VERDICTS)}"
    if not row["reviewer"].strip():
        return "the reviewer has no name"
    try:
        time = datetime.datetime.fromisoformat(row["time"])
    except ValueError:
        return f"{row['time']!r} is no time"
    return None if time.tzinfo else f"{row['time']!r} names no time zone"


def _is_text(value: str) -> bool:
    """Whether a database takes it: neither a null nor half of a surrogate pair is in it."""
    return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
