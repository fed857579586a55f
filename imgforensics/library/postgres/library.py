"""A library in PostgreSQL: several machines add to it and search it, several people judge.

Documents are read into a folder of this machine, some at a time, and come into the library with all
that was found out, in one transaction.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import psycopg

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.library import build, merge
from imgforensics.library import store as stores
from imgforensics.library.intake import Listed
from imgforensics.library.interface import Filter, Near
from imgforensics.library.postgres import connection as server
from imgforensics.library.postgres import intake, search
from imgforensics.library.verdicts import Verdict
from imgforensics.models.metric import Metric
from imgforensics.utils import digests, temporary
from imgforensics.utils.errors import UserError
from imgforensics.verification import gate

_DOCUMENTS = 64  # read, then added at once: what is lost when a process is killed


class Postgres:
    """See `interface.Library`."""

    def __init__(self, address: str, connection: psycopg.Connection):
        self.name = server.name(address)
        self._address, self._connection = address, connection

    def model(self) -> str | None:
        return self._value("select min(value) from settings where name = 'model'")

    def state(self) -> str:
        text = self._value("select coalesce(string_agg(sha256, '' order by sha256), '') from files")
        return hashlib.sha256(f"{text} {self.sizes()[0]}".encode()).hexdigest()

    def sizes(self) -> tuple[int, int]:
        ((wholes, squares),) = self._rows(
            "select count(*) filter (where number = 0), count(*) from squares"
        )
        return wholes, squares - wholes

    def nearest(
        self,
        forensic: Metric,
        queries: np.ndarray,
        parts: bool,
        k: int,
        wanted: Filter,
        advance: Callable[[int], object],
    ) -> Near:
        size = self.sizes()[parts]
        without = [
            number
            for (number,) in self._rows(
                "select id from files where sha256 = any(%s)", list(wanted.without)
            )
        ]
        f, pictures, squares = search.nearest(
            self._address, forensic, queries, parts, k, wanted, without,
            lambda done: advance(done * size),
        )  # fmt: skip
        hashes = self._rows(
            "select id, sha256 from pictures where id = any(%s)", np.unique(pictures).tolist()
        )
        return Near(f, pictures, squares, dict(hashes))

    def descriptions(self, digests: Collection[str]) -> dict[str, np.ndarray]:
        found = self._rows(
            "select sha256, description from pictures"
            " where sha256 = any(%s) and description is not null",
            list(digests), binary=True,
        )  # fmt: skip
        return {digest: np.frombuffer(each, gate.DESCRIPTION)[0] for digest, each in found}

    def pictures(self, digests: Collection[str]) -> set[str]:
        found = self._rows("select sha256 from pictures where sha256 = any(%s)", list(digests))
        return {digest for (digest,) in found}

    def picture(self, digest: str) -> np.ndarray:
        found = self._rows("select png from pictures where sha256 = %s", digest, binary=True)
        pixels = None
        if found:
            pixels = cv2.imdecode(np.frombuffer(found[0][0], np.uint8), cv2.IMREAD_GRAYSCALE)
        if pixels is None or digests.of_pixels(pixels) != digest:
            raise UserError(f"{self.name}: the picture {digest} is missing or damaged")
        return pixels

    def figure(self, digest: str) -> bytes | None:
        found = self._rows("select jpeg from figure_files where sha256 = %s", digest, binary=True)
        return found[0][0] if found else None

    def sheet(self, file: str, page: int) -> bytes | None:
        found = self._rows(
            "select jpeg from sheets where file = %s and page = %s", file, page, binary=True
        )
        return found[0][0] if found else None

    def places(self, digests: Collection[str], wanted: Filter) -> list[tuple]:
        return self._rows(
            "select places.* from places join files on files.sha256 = places.file"
            " where picture = any(%s) and places.file != all(%s)"
            " and added >= coalesce(%s, '-infinity')::timestamptz and kind = coalesce(%s, kind)",
            list(digests), list(wanted.without), wanted.since, wanted.kind,
        )  # fmt: skip

    def documents(self, digests: Collection[str]) -> set[tuple[str, str]]:
        query = "select picture, file from places where picture = any(%s)"
        return set(self._rows(query, list(digests)))

    def verdicts(self, pairs: Collection[tuple[str, str]] | None = None) -> list[Verdict]:
        names = ", ".join(Verdict._fields)
        if pairs is None:
            rows = self._rows(f"select {names} from verdicts order by time, number")
        else:
            rows = self._rows(
                f"select {names} from verdicts where (first, second) in"
                " (select * from unnest(%s::text[], %s::text[])) order by time, number",
                [first for first, _ in pairs], [second for _, second in pairs],
            )  # fmt: skip
        return [Verdict(*row) for row in rows]

    def judge(self, given: Sequence[Verdict]) -> int:
        told = {hashlib.sha256(json.dumps(each).encode()).hexdigest(): each for each in given}
        names = ", ".join(("sha256", *Verdict._fields))
        new = 0
        with self._connection.transaction():
            # In one order, so that two who add the same never wait for each other.
            for name in sorted({each.reviewer for each in given}):
                self._run("insert into reviewers (name) values (%s) on conflict do nothing", name)
            for digest, each in sorted(told.items(), key=lambda item: (item[1].time, item[0])):
                new += self._run(
                    f"insert into verdicts ({names}) values (%s{', %s' * 7})"
                    " on conflict do nothing",
                    digest, *each,
                ).rowcount  # fmt: skip
        return new

    def add(
        self, cases: Sequence[str], listed: Listed, model: Model, engine: Engine = LOCAL
    ) -> None:
        alpha = search.alpha(model.metric)
        self._prepare(model)
        with self._connection.transaction():
            passed_over = listed.passed_over.items()
            intake.note_strays(
                self._connection, [(intake.path_of(path), why, 1) for path, why in passed_over]
            )
        for case in cases:
            with temporary.folder() as folder, stores.writing(folder / "read") as store:
                with stores.reading(case) as origin:
                    files = origin.catalogue.execute("select sha256 from files")
                    merge.add(store, origin, self._known(digest for (digest,) in files))
                build.add(store, Listed([], {}), model, engine)
                intake.take(self._connection, store, alpha)
        new = self._new(listed.paths)
        for start in range(0, len(new), _DOCUMENTS):
            some = new[start : start + _DOCUMENTS]
            print(f"documents {start + 1} to {start + len(some)} of {len(new)}", flush=True)
            with temporary.folder() as folder, stores.writing(folder / "read") as store:
                build.add(store, Listed(some, {}), model, engine)
                intake.take(self._connection, store, alpha)

    def describe(self) -> list[str]:
        def count(what: str) -> int:
            return self._value(f"select count(*) from {what}")

        unread = count("files where problem is not null or unread != '[]'")
        strays = count("strays where not passed")
        compared = count("(select distinct picture from panels where compared) as compared")
        size = self._value("select pg_database_size(current_database())")
        return [
            f"{count('files')} documents with {count('figures')} figures and {count('panels')}"
            " panels",
            f"{compared} different panels are compared, {self.sizes()[0]} of them are embedded",
            f"{unread + strays} documents were not read, or not whole",
            f"{size / 2**20:.0f} MiB",
        ]

    def _run(self, statement: str, *told: Any, binary: bool = False) -> psycopg.Cursor:
        return self._connection.execute(statement, told or None, binary=binary)

    def _rows(self, statement: str, *told: Any, binary: bool = False) -> list[tuple]:
        return self._run(statement, *told, binary=binary).fetchall()

    def _value(self, statement: str) -> Any:
        return self._rows(statement)[0][0]

    def _prepare(self, model: Model) -> None:
        """Makes the indexes for a model's embeddings, of which the library is from then on."""
        build.check(self.name, self.model(), model)
        if self.model() is not None:
            return
        with self._connection.transaction():
            self._run("lock table settings in exclusive mode")
            build.check(self.name, self.model(), model)
            if self.model() is not None:
                return
            self._run("insert into settings values ('model', %s)", weights.fingerprint(model))
            length = len(model.metric.alpha)
            self._run(f"alter table squares alter column scaled type halfvec({length})")
            for name, which in search.INDEXES.items():
                self._run(
                    f"create index {name} on squares using hnsw (scaled halfvec_l1_ops)"
                    f" where {which}"
                )

    def _known(self, hashes: Collection[str] | Iterator[str]) -> set[str]:
        found = self._rows("select sha256 from files where sha256 = any(%s)", list(hashes))
        return {digest for (digest,) in found}

    def _new(self, paths: Sequence[str]) -> list[str]:
        """The paths whose content is new; those of known content are noted."""
        hashes = {}
        for path in paths:
            with contextlib.suppress(OSError):  # the reader says what is wrong
                hashes[path] = digests.of_file(path)
        known = self._known(hashes.values())
        placed = {path: digest for path, digest in hashes.items() if digest in known}
        with self._connection.transaction():
            noted = [(intake.path_of(path), digest, 0) for path, digest in placed.items()]
            intake.place(self._connection, noted)
        return [path for path in paths if path not in placed]


@contextlib.contextmanager
def reading(address: str) -> Iterator[Postgres]:
    """See `libraries.reading`."""
    with server.opened(address) as connection:
        yield Postgres(address, connection)


existing = reading  # whoever may write to it may do so at any time


@contextlib.contextmanager
def writing(address: str) -> Iterator[Postgres]:
    """See `libraries.writing`; any number of processes at once."""
    with server.opened(address, new=True) as connection:
        yield Postgres(address, connection)
