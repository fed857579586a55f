"""Keypoints of the pictures in a case or library, as the gate wants them."""

import itertools
import json
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.library import columns
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.columns import Column
from imgforensics.library.store import Store
from imgforensics.verification import gate

_PICTURES = 256  # in one transaction
_MAX_SIDE = 512  # pixels: the gate looks at fewer, and what is drawn shows in these as well
_COLUMN = Column("descriptions", gate.DESCRIPTION, ())


def missing(store: Store) -> list[tuple[int, str]]:
    """Ids and hashes of the pictures that are compared and were not described yet."""
    return store.catalogue.execute(
        "select id, sha256 from pictures where described is null and id in"
        " (select picture from panels where compared) order by id"
    ).fetchall()


def add(store: Store, advance: Callable[[int], object], engine: Engine = LOCAL) -> None:
    """Describes the pictures that were not described yet.

    Args:
        store: a case or library that is open for writing.
        advance: is told of how many pictures at a time.
        engine: that looks at them.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    todo = missing(store)
    pictures = (stores.picture(store, digest) for _, digest in todo)
    described = engine.in_order(_describe, pictures)
    for start in range(0, len(todo), _PICTURES):
        some = todo[start : start + _PICTURES]
        found = np.stack(list(itertools.islice(described, len(some))))
        with transaction(store.catalogue):
            first = columns.append(store, _COLUMN, found)
            store.catalogue.executemany(
                "update pictures set described = ?, keypoints = ? where id = ?",
                [
                    (first + place, int(each["count"]), number)
                    for place, ((number, _), each) in enumerate(zip(some, found))
                ],
            )
        advance(len(some))


def _describe(picture: np.ndarray) -> np.ndarray:
    factor = min(1.0, _MAX_SIDE / max(picture.shape))
    size = tuple(max(1, round(length * factor)) for length in picture.shape[::-1])
    return gate.describe(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


class Reader:
    """Finds the descriptions of some pictures by their hashes, of those that have one."""

    def __init__(self, store: Store, digests: Iterable[str]):
        self._column = columns.read(store, _COLUMN)
        self._records = dict(
            store.catalogue.execute(
                "select sha256, described from pictures where described is not null"
                " and sha256 in (select value from json_each(?))",
                (json.dumps(sorted(set(digests))),),
            )
        )

    def __contains__(self, digest: str) -> bool:
        return digest in self._records

    def __call__(self, digest: str) -> np.ndarray:
        return self._column[self._records[digest]]
