"""The pairs of pictures that are worth a closer look: of each picture the nearest others by f."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.library import columns, embedding, search
from imgforensics.library.columns import Column
from imgforensics.library.store import Store
from imgforensics.models.metric import Metric

WITHIN, ACROSS, ALL = "within", "across", "all"  # one document, different ones, both
_NONE = -1  # label of what takes no part


class Rows(NamedTuple):
    """Embeddings, the pictures that they are of, and the label of each.

    Attributes:
        embeddings: float32 [n, D], may be memory-mapped.
        pictures: int64 [n], ids.
        squares: int64 [n], numbers of the squares within their pictures.
        labels: int64 [n], rows of one label are not compared; those below 0 take no part.
    """

    embeddings: np.ndarray
    pictures: np.ndarray
    squares: np.ndarray
    labels: np.ndarray

    def labelled(self, pictures: Iterable[int], labels: Iterable[int] | int) -> "Rows":
        """The same rows, with the labels of some pictures by their ids; the others take no part."""
        ids = np.fromiter(pictures, np.int64)
        table = np.full(max(self.pictures.max(initial=0), ids.max(initial=0)) + 1, _NONE)
        table[ids] = labels if isinstance(labels, int) else np.fromiter(labels, np.int64)
        return self._replace(labels=table[self.pictures])

    def taking_part(self) -> "Rows":
        """The rows that do."""
        which = self.labels >= 0
        return Rows(*(part[which] for part in self))


class Pair(NamedTuple):
    """Two pictures that may have something in common.

    Attributes:
        first, second: their hashes, the smaller one first.
        f: the smallest of their squares.
        square_a, square_b: the squares that it is of, as numbered by `embedding.cut`.
        place: of the one among the nearest of the other, from 1; the better of the two.
    """

    first: str
    second: str
    f: float
    square_a: int
    square_b: int
    place: int

    def swapped(self) -> "Pair":
        """The same, with first and second in each other's place."""
        return self._replace(
            first=self.second, second=self.first, square_a=self.square_b, square_b=self.square_a
        )


def replace(store: Store, found: Sequence[Pair]) -> None:
    """Notes the pairs in place of those of an earlier search, within a transaction."""
    store.catalogue.execute("delete from candidates")
    store.catalogue.executemany("insert into candidates values (?, ?, ?, ?, ?, ?)", found)
    store.catalogue.execute(
        "insert or ignore into pairs (first, second) select first, second from candidates"
    )


def propose(
    store: Store,
    library: Store | None,
    forensic: Metric,
    scope: str,
    k: int,
    advance: Callable[[int], object],
) -> list[Pair]:
    """Searches, exactly, for the k nearest of each picture of a case.

    Compared are pictures as wholes and the squares of them; the f of two pictures is the smallest
    of any. Within a document each picture is compared with all others of it; across documents, with
    those of other documents; and as a whole with all of a library's, as squares with those as
    wholes. A document that is in the library, too, is not compared with itself.

    Args:
        store: the case, embedded.
        library: also embedded, by the same model; None without one.
        forensic: the metric f.
        scope: `WITHIN`, `ACROSS` or `ALL`.
        k: how many pictures, of each kind of search.
        advance: is told how many pairs were compared.
    """
    nearest: dict[tuple[str, str], Pair] = {}

    def note(pairs: Iterable[Pair]):
        for pair in pairs:
            before = nearest.get((pair.first, pair.second), pair)
            best = min(before, pair, key=lambda each: each.f)
            place = min(before.place, pair.place)
            nearest[pair.first, pair.second] = best._replace(place=place)

    files = _files(store.catalogue)
    within = store.catalogue, store.catalogue
    rows = _read(store, len(forensic.alpha))
    if scope != ACROSS:
        for pictures in _of_documents(files):
            own = [each.labelled(pictures, pictures).taking_part() for each in rows]
            sides = [(one, other) for one in own for other in own]
            note(_nearest(forensic, sides, k, within, lambda pairs: None))
    if scope != WITHIN:
        documents = list(map(min, files.values()))
        own = [each.labelled(files, documents).taking_part() for each in rows]
        sides = [(one, other) for one in own for other in own]
        note(_nearest(forensic, sides, k, within, advance))
    if library is not None:
        # Queries' labels are not those of any row: what must not be compared takes no part.
        known = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
        others = _of_other_files(library.catalogue, known)
        theirs = [each.labelled(others, 0) for each in _read(library, len(forensic.alpha))]
        own = [each.labelled(files, 1).taking_part() for each in rows]
        sides = [(own[0], theirs[0]), (own[0], theirs[1]), (own[1], theirs[0])]
        across = store.catalogue, library.catalogue
        note(_nearest(forensic, sides, k, across, advance))
    return sorted(nearest.values())


def searched(store: Store, library: Store | None) -> tuple[int, int]:
    """How many pictures a case has, and among how many each is searched for."""
    own = len(_files(store.catalogue))
    theirs = 0 if library is None else columns.count(library, embedding.wholes(0))
    return own, own + theirs


def pairs_to_search(store: Store, library: Store | None, scope: str) -> int:
    """About how many pairs of squares `propose` compares."""
    own = [len(owners) for owners in embedding.owners(store.catalogue)]
    pairs = 0 if scope == WITHIN else sum(own) ** 2
    if library is not None:
        theirs = [len(owners) for owners in embedding.owners(library.catalogue)]
        pairs += own[0] * sum(theirs) + own[1] * theirs[0]
    return pairs


def _nearest(forensic, sides, k, catalogues, advance) -> Iterable[Pair]:
    """Of each picture on the one side the k nearest on the other, each side from its catalogue."""
    found = [np.zeros((0, 5))]
    for one, other in sides:
        if not len(one.pictures) or not len(other.pictures):
            continue
        f, rows = search.nearest(
            forensic, one.embeddings, one.labels, other.embeddings, other.labels, k, advance
        )
        there = np.isfinite(f)
        mine, theirs = np.nonzero(there)[0], rows[there]
        columns_of = [
            one.pictures[mine], other.pictures[theirs], f[there], one.squares[mine],
            other.squares[theirs],
        ]  # fmt: skip
        found.append(_smallest(np.stack(columns_of, axis=1)))
    places: dict[int, int] = {}
    pairs = _smallest(np.concatenate(found))
    hashes = [_hashes(each, pairs[:, side]) for side, each in enumerate(catalogues)]
    for one, other, f, *squares in pairs.tolist():
        first, second = hashes[0][int(one)], hashes[1][int(other)]
        places[one] = place = places.get(one, 0) + 1
        if place <= k and first != second:
            pair = Pair(first, second, f, int(squares[0]), int(squares[1]), place)
            yield pair if first < second else pair.swapped()


def _smallest(rows: np.ndarray) -> np.ndarray:
    """Of rows of two pictures, f and more, float64 [n, m], that of the smallest f of each two.

    Returns:
        float64 [n', m], in ascending order of f.
    """
    rows = rows[np.lexsort(rows.T[::-1])]
    _, first = np.unique(rows[:, :2], axis=0, return_index=True)
    rows = rows[first]
    return rows[np.argsort(rows[:, 2], kind="stable")]


def _read(store, features) -> list[Rows]:
    of_wholes, of_parts = embedding.owners(store.catalogue)

    def rows(column: Column, owners, squares):
        return Rows(columns.read(store, column), owners, squares, np.zeros_like(owners))

    # The parts of a picture follow each other, numbered from 1.
    _, first, place = np.unique(of_parts, return_index=True, return_inverse=True)
    numbers = 1 + np.arange(len(of_parts)) - first[place]
    return [
        rows(embedding.wholes(features), of_wholes, np.zeros_like(of_wholes)),
        rows(embedding.parts(features), of_parts, numbers),
    ]


def _files(catalogue: sqlite3.Connection) -> dict[int, set[int]]:
    """The files that each picture is of, by its id."""
    found: dict[int, set[int]] = {}
    for picture, file in catalogue.execute("select distinct picture, file from taking_part"):
        found.setdefault(picture, set()).add(file)
    return found


def _of_documents(files: dict[int, set[int]]) -> list[list[int]]:
    """The pictures of each document that has several."""
    documents: dict[int, list[int]] = {}
    for picture, those in files.items():
        for file in those:
            documents.setdefault(file, []).append(picture)
    return [pictures for pictures in documents.values() if len(pictures) > 1]


def _of_other_files(catalogue: sqlite3.Connection, known: set[str]) -> np.ndarray:
    """The pictures, int64 [n], of a library's documents that are not among the known ones."""
    rows = catalogue.execute(
        "select distinct panels.picture from panels"
        " join figures on figures.id = panels.figure join files on files.id = figures.file"
        " where compared and files.sha256 not in (select value from json_each(?))",
        (json.dumps(sorted(known)),),
    )
    return np.fromiter((picture for (picture,) in rows), np.int64)


def _hashes(catalogue: sqlite3.Connection, pictures: np.ndarray) -> dict[int, str]:
    """The hashes of some pictures by their ids; a library has more than need be in memory."""
    ids = json.dumps(np.unique(pictures).astype(int).tolist())
    return dict(
        catalogue.execute(
            "select id, sha256 from pictures where id in (select value from json_each(?))", (ids,)
        )
    )
