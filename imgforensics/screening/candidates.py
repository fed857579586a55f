"""The pairs of pictures that are worth a closer look: of each picture the nearest others by f."""

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.library import columns, embedding, search
from imgforensics.library.interface import Filter, Library, Near
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
    library: Library | None,
    wanted: Filter,
    forensic: Metric,
    scope: str,
    k: int,
    advance: Callable[[int], object],
) -> list[Pair]:
    """Searches for the k nearest of each picture of a case, within the case exactly.

    Compared are pictures as wholes and the squares of them; the f of two pictures is the smallest
    of any. Within a document each picture is compared with all others of it; across documents, with
    those of other documents; and as a whole with all of a library's, as squares with those as
    wholes. A document that is in the library, too, is not compared with itself.

    Args:
        store: the case, embedded.
        library: also embedded, by the same model; None without one.
        wanted: what of the library is searched, beside documents that are in the case, too.
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
    rows = _read(store, len(forensic.alpha))
    if scope != ACROSS:
        for pictures in _of_documents(files):
            own = [each.labelled(pictures, pictures).taking_part() for each in rows]
            note(_in_case(forensic, own, k, store.catalogue, lambda pairs: None))
    if scope != WITHIN:
        documents = list(map(min, files.values()))
        own = [each.labelled(files, documents).taking_part() for each in rows]
        note(_in_case(forensic, own, k, store.catalogue, advance))
    if library is not None:
        known = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
        wanted = wanted._replace(without=wanted.without | known)
        own = [each.labelled(files, 1).taking_part() for each in rows]
        note(_in_library(forensic, own, library, wanted, k, store.catalogue, advance))
    return sorted(nearest.values())


def searched(store: Store, library: Library | None) -> tuple[int, int]:
    """How many pictures a case has, and among how many each is searched for."""
    own = len(_files(store.catalogue))
    theirs = 0 if library is None else library.sizes()[0]
    return own, own + theirs


def pairs_to_search(store: Store, library: Library | None, scope: str) -> int:
    """About how many pairs of squares `propose` compares."""
    own = [columns.count(store, of(0)) for of in (embedding.wholes, embedding.parts)]
    pairs = 0 if scope == WITHIN else sum(own) ** 2
    if library is not None:
        theirs = library.sizes()
        pairs += own[0] * sum(theirs) + own[1] * theirs[0]
    return pairs


def _in_case(forensic, own: list[Rows], k, catalogue, advance) -> Iterable[Pair]:
    """Of each picture of a case the k nearest of another label."""
    found = []
    for one, other in itertools.product(own, own):
        if len(one.pictures) and len(other.pictures):
            f, rows = search.nearest(
                forensic, one.embeddings, one.labels, other.embeddings, other.labels, k, advance
            )
            found.append(_of_pictures(one, Near(f, other.pictures[rows], other.squares[rows], {})))
    pairs = _together(found)
    hashes = embedding.hashes(catalogue, pairs[:, :2])
    return _placed(pairs, k, hashes, hashes)


def _in_library(forensic, own: list[Rows], library, wanted, k, catalogue, advance):
    """Of each picture of a case the k nearest of a library."""
    found, theirs = [], {}
    for one, parts in ((own[0], False), (own[0], True), (own[1], False)):
        if len(one.pictures):
            near = library.nearest(forensic, one.embeddings, parts, k, wanted, advance)
            found.append(_of_pictures(one, near))
            theirs |= near.hashes
    pairs = _together(found)
    return _placed(pairs, k, embedding.hashes(catalogue, pairs[:, 0]), theirs)


def _of_pictures(one: Rows, near: Near) -> np.ndarray:
    """Two pictures, f and the numbers of their squares, float64 [n, 5], of each two once."""
    there = np.isfinite(near.f)
    mine = np.nonzero(there)[0]
    found = [
        one.pictures[mine], near.pictures[there], near.f[there], one.squares[mine],
        near.squares[there],
    ]  # fmt: skip
    return _smallest(np.stack(found, axis=1))


def _together(found: list[np.ndarray]) -> np.ndarray:
    return _smallest(np.concatenate([np.zeros((0, 5)), *found]))


def _placed(pairs: np.ndarray, k, own: dict[int, str], theirs: dict[int, str]) -> Iterable[Pair]:
    """The k nearest of each picture by their hashes."""
    places: dict[int, int] = {}
    for one, other, f, *squares in pairs.tolist():
        first, second = own[int(one)], theirs[int(other)]
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
    def rows(column, parts):
        pictures, squares = embedding.squares(store.catalogue, parts)
        return Rows(columns.read(store, column), pictures, squares, np.zeros_like(pictures))

    return [rows(embedding.wholes(features), False), rows(embedding.parts(features), True)]


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
