"""The nearest squares by pgvector's index, several searches at once, ranked by their exact f.

The index is of embeddings times alpha, in half precision, whose L1 distances are f.
"""

import threading
from collections.abc import Callable

import numpy as np
import psycopg

from imgforensics.library import search
from imgforensics.library.interface import Filter
from imgforensics.library.postgres import connection as server
from imgforensics.models.metric import Metric
from imgforensics.utils import ahead
from imgforensics.utils.errors import UserError

INDEXES = {"squares_wholes": "number = 0", "squares_parts": "number > 0"}  # what each one has
_QUERIES = 32  # of one statement
_CONNECTIONS = 4  # that search at once: a server has cores for several
# So many times k candidates are ranked by their exact f; and on its way through its graph the index
# keeps so many times k in view, which its recall depends on.
_CANDIDATES, _VIEW, _LARGEST_VIEW = 2, 4, 1000
_STATEMENT = """
select found.picture, found.number, found.embedding
from unnest(%(queries)s::text[]) as query (vector)
cross join lateral (
  select picture, number, embedding from squares
  where {which} and takes_part(
    picture, %(without)s::bigint[], %(since)s::timestamptz, %(kind)s::text
  )
  order by scaled <+> query.vector::halfvec({features}) limit %(limit)s
) as found
"""

Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def alpha(forensic: Metric) -> np.ndarray:
    """What embeddings are multiplied with, so that their L1 distances are f but for its offset.

    Raises:
        UserError: there is none.
    """
    factors = np.asarray(forensic.alpha, np.float32)
    if forensic.squared or (factors < 0).any():
        raise UserError(
            "the f of these weights is no L1 distance, which is what PostgreSQL can search by: "
            "keep the library in a folder"
        )
    return factors


def nearest(
    address: str,
    forensic: Metric,
    queries: np.ndarray,
    parts: bool,
    k: int,
    wanted: Filter,
    without: list[int],
    advance: Callable[[int], object],
) -> Found:
    """Finds the k squares nearest to each query.

    Of what is found, f is exact. Some of the nearest may be missing: the index is a graph, which is
    not gone through as a whole.

    Args:
        address: of the library.
        forensic, queries, parts, k, wanted: as of `interface.Library.nearest`.
        without: numbers of documents that are left out.
        advance: is told of how many queries are done.

    Returns:
        f, float32 [Q, k], in ascending order and infinite where there are fewer; numbers of
        pictures, int64 [Q, k]; and those of the squares in them, int64 [Q, k].
    """
    factors = alpha(forensic)
    which = list(INDEXES.values())[parts]
    statement = _STATEMENT.format(which=which, features=len(factors))
    told = {
        "without": without, "since": wanted.since, "kind": wanted.kind, "limit": _CANDIDATES * k,
    }  # fmt: skip
    blocks = [queries[start : start + _QUERIES] for start in range(0, len(queries), _QUERIES)]
    found = [_nothing(0, k)]
    with _Searchers(address, min(_VIEW * k, _LARGEST_VIEW)) as searchers:

        def candidates(block):
            vectors = [_text(row) for row in block * factors]
            return searchers.run(statement, told | {"queries": vectors})

        for block, rows in zip(blocks, ahead.in_order(candidates, blocks, _CONNECTIONS)):
            found.append(_ranked(forensic, block, rows, k))
            advance(len(block))
    f, pictures, squares = map(np.concatenate, zip(*found))
    return f, pictures, squares


class _Searchers:
    """Connections that search at once, each opened when it is needed."""

    def __init__(self, address: str, view: int):
        self._address, self._view = address, view
        self._free: list[psycopg.Connection] = []
        self._all: list[psycopg.Connection] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "_Searchers":
        return self

    def __exit__(self, *error) -> None:
        for connection in self._all:
            connection.close()

    def run(self, statement: str, told: dict) -> list[tuple]:
        """The rows that a search finds."""
        with self._lock:
            connection = self._free.pop() if self._free else None
        if connection is None:
            connection = self._opened()
        rows = connection.execute(statement, told, binary=True).fetchall()
        with self._lock:
            self._free.append(connection)
        return rows

    def _opened(self) -> psycopg.Connection:
        connection = server.connect(self._address)
        with self._lock:
            self._all.append(connection)
        # By the index, however few rows there are; and on through it until enough fit the filter.
        for setting in (
            f"hnsw.ef_search = {self._view}", "hnsw.iterative_scan = strict_order",
            "enable_seqscan = off", "enable_sort = off", "jit = off",
        ):  # fmt: skip
            connection.execute(f"set {setting}")
        return connection


def _ranked(forensic, queries, rows, k) -> Found:
    """Of all that was found for some queries the k nearest to each."""
    found = {(picture, number): embedding for picture, number, embedding in rows}
    if not found:
        return _nothing(len(queries), k)
    order = sorted(found)
    numbers = np.array(order, np.int64)
    content = b"".join(found[each] for each in order)
    embeddings = np.frombuffer(content, np.float32).reshape(len(order), -1)
    f, places = search.nearest(
        forensic, queries, np.ones(len(queries), int), embeddings, np.zeros(len(order), int), k
    )
    return f, numbers[places, 0], numbers[places, 1]


def _nothing(queries, k) -> Found:
    numbers = np.zeros((queries, k), np.int64)
    return np.full((queries, k), np.inf, np.float32), numbers, numbers


def _text(vector: np.ndarray) -> str:
    """As pgvector reads it."""
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"
