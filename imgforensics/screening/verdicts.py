"""What people judged of pairs of pictures: kept by the pictures' hashes, and never changed."""

import datetime
import os
import re
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.screening import records
from imgforensics.utils.errors import UserError

CONCERN, ACCEPTABLE, NOT_THE_SAME, UNSURE = "concern", "acceptable", "not the same", "unsure"
VERDICTS = (CONCERN, ACCEPTABLE, NOT_THE_SAME, UNSURE)
BENIGN = (ACCEPTABLE, NOT_THE_SAME)
FORMAT = "imgforensics verdicts 1"
_HASH = re.compile("[0-9a-f]{64}")
_MAX_TEXT = 10_000  # characters of a note or a name


class Verdict(NamedTuple):
    """A person's verdict on two pictures.

    Attributes:
        first, second: hashes of their pixels, the smaller one first.
        verdict: one of `VERDICTS`.
        reviewer: who judged.
        note: what is to be said.
        time: when, ISO 8601 in UTC.
        weights: SHA-256 of the weights by which the pair was found.
    """

    first: str
    second: str
    verdict: str
    reviewer: str
    note: str
    time: str
    weights: str


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


def add(store: Store, given: Sequence[Verdict]) -> int:
    """Adds verdicts that are not there yet, all or none; returns how many these were."""
    with transaction(store.catalogue):
        before = store.catalogue.total_changes
        store.catalogue.executemany(
            "insert or ignore into verdicts (first, second, verdict, reviewer, note, time, weights)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            given,
        )
        return store.catalogue.total_changes - before


def all_of(catalogue: sqlite3.Connection) -> list[Verdict]:
    """All verdicts, the oldest first."""
    names = ", ".join(Verdict._fields)
    rows = catalogue.execute(f"select {names} from verdicts order by time, id")
    return [Verdict(*row) for row in rows]


def latest(catalogue: sqlite3.Connection) -> dict[tuple[str, str], Verdict]:
    """The last verdict on each pair that has any."""
    return {(each.first, each.second): each for each in all_of(catalogue)}


def save(store: Store, path: str | os.PathLike) -> int:
    """Writes all verdicts as JSON; returns how many."""
    given = all_of(store.catalogue)
    records.write(path, FORMAT, {"verdicts": [each._asdict() for each in given]})
    return len(given)


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
