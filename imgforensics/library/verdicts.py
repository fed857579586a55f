"""What people judged of pairs of pictures, as a catalogue keeps it: by their hashes, for ever."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store


class Verdict(NamedTuple):
    """A person's verdict on two pictures.

    Attributes:
        first, second: hashes of their pixels, the smaller one first.
        verdict: one of `screening.verdicts.VERDICTS`.
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


def add(store: Store, given: Sequence[Verdict]) -> int:
    """Adds verdicts that are not there yet, all or none; returns how many these were."""
    if not given:
        return 0
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
