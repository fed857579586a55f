"""A library in a folder of this machine: SQLite, shards of embeddings, and an exact search."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.weights import Model
from imgforensics.library import (
    build,
    columns,
    descriptions,
    embedding,
    furnishing,
    merge,
    search,
    status,
    verdicts,
)
from imgforensics.library import store as stores
from imgforensics.library.columns import Column
from imgforensics.library.intake import Listed
from imgforensics.library.interface import Filter, Near
from imgforensics.library.store import Store
from imgforensics.library.verdicts import Verdict
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError

_OUT, _IN = -1, 0  # labels of rows: not searched, searched
_FITS = (
    "{document} not in (select value from json_each(:without)) and added >= :since"
    " and kind = coalesce(:kind, kind)"
)


class Folder:
    """See `interface.Library`."""

    def __init__(self, store: Store):
        self.name = str(store.folder)
        self._store = store

    def model(self) -> str | None:
        return build.model_of(self._store)

    def state(self) -> str:
        found = self._store.catalogue.execute("select sha256 from files order by sha256")
        text = "".join(digest for (digest,) in found)
        embedded = columns.count(self._store, embedding.wholes(0))
        return hashlib.sha256(f"{text} {embedded}".encode()).hexdigest()

    def sizes(self) -> tuple[int, int]:
        wholes, parts = embedding.wholes(0), embedding.parts(0)
        return columns.count(self._store, wholes), columns.count(self._store, parts)

    def nearest(
        self,
        forensic: Metric,
        queries: np.ndarray,
        parts: bool,
        k: int,
        wanted: Filter,
        advance: Callable[[int], object],
    ) -> Near:
        pictures, squares = embedding.squares(self._store.catalogue, parts)
        column: Column = (embedding.parts if parts else embedding.wholes)(len(forensic.alpha))
        searched = np.isin(pictures, self._wanted(wanted))
        f, rows = search.nearest(
            forensic, queries, np.full(len(queries), _IN + 1),
            columns.read(self._store, column), np.where(searched, _IN, _OUT), k, advance,
        )  # fmt: skip
        if not len(pictures):
            return Near(f, rows, rows, {})
        found = pictures[rows]
        hashes = embedding.hashes(self._store.catalogue, found[np.isfinite(f)])
        return Near(f, found, squares[rows], hashes)

    def _wanted(self, wanted: Filter) -> np.ndarray:
        """The pictures that fit, int64 [n]."""
        rows = self._store.catalogue.execute(
            "select distinct panels.picture from taking_part"
            " join panels on panels.id = panel join files on files.id = file"
            f" where {_FITS.format(document='files.sha256')}",
            _told(wanted),
        )
        return np.fromiter((picture for (picture,) in rows), np.int64)

    def descriptions(self, digests: Collection[str]) -> dict[str, np.ndarray]:
        described = descriptions.Reader(self._store, digests)
        return {digest: described(digest) for digest in digests if digest in described}

    def pictures(self, digests: Collection[str]) -> set[str]:
        found = (stores.picture_path(self._store.folder, digest) for digest in digests)
        return {path.stem for path in found if path.is_file()}

    def picture(self, digest: str) -> np.ndarray:
        return stores.picture(self._store, digest)

    def figure(self, digest: str) -> bytes | None:
        return stores.figure_file(self._store, digest)

    def sheet(self, file: str, page: int) -> bytes | None:
        return stores.sheet_file(self._store, file, page)

    def places(self, digests: Collection[str], wanted: Filter) -> list[tuple]:
        # All in one question, since each goes through all paths of the library.
        rows = self._store.catalogue.execute(
            "select places.* from places join files on files.sha256 = places.file"
            " where picture in (select value from json_each(:digests))"
            f" and {_FITS.format(document='places.file')}",
            _told(wanted) | {"digests": json.dumps(sorted(digests))},
        )
        return [row[:-1] for row in rows]

    def documents(self, digests: Collection[str]) -> set[tuple[str, str]]:
        # Those of a library, too, which a case notes without having them.
        rows = self._store.catalogue.execute(
            "select picture, file from places where picture in (select value from json_each(?))",
            (json.dumps(sorted(digests)),),
        )
        return set(rows)

    def verdicts(self, pairs: Collection[tuple[str, str]] | None = None) -> list[Verdict]:
        found = verdicts.all_of(self._store.catalogue)
        return [each for each in found if pairs is None or each[:2] in pairs]

    def judge(self, given: Sequence[Verdict]) -> int:
        return verdicts.add(self._store, given)

    def add(
        self, cases: Sequence[str], listed: Listed, model: Model, engine: Engine = LOCAL
    ) -> None:
        for case in cases:
            if os.path.samefile(case, self._store.folder):
                raise UserError(f"{case} is the library itself: name what to add")
            with stores.reading(case) as origin:
                merge.add(self._store, origin)
        build.add(self._store, listed, model, engine)
        furnishing.mark(self._store)

    def describe(self) -> list[str]:
        return status.describe(self._store)


def _told(wanted: Filter) -> dict[str, str | None]:
    """What `_FITS` is asked with."""
    without = json.dumps(sorted(wanted.without))
    return {"without": without, "since": wanted.since or "", "kind": wanted.kind}


@contextlib.contextmanager
def reading(folder: str | os.PathLike) -> Iterator[Folder]:
    """See `libraries.reading`."""
    with stores.reading(folder) as store:
        yield Folder(store)


@contextlib.contextmanager
def existing(folder: str | os.PathLike) -> Iterator[Folder]:
    """See `libraries.existing`."""
    with stores.existing(folder) as store:
        yield Folder(store)


@contextlib.contextmanager
def writing(folder: str | os.PathLike) -> Iterator[Folder]:
    """See `libraries.writing`; one process at a time.

    Raises:
        UserError: likewise, or another process is writing to it.
    """
    with stores.writing(folder) as store:
        yield Folder(store)
