"""Fills a library in PostgreSQL, and measures its search and its size."""

import time
from collections.abc import Sequence

import numpy as np

from imgforensics.evaluation import results
from imgforensics.inference.weights import Model
from imgforensics.library import libraries, search
from imgforensics.library.interface import Filter
from imgforensics.library.postgres import connection as server
from imgforensics.library.postgres import intake
from imgforensics.library.postgres import search as by_index
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError

_K = 100
_LATER = 500  # squares that are added with the index in place
_OF_DOCUMENT = 10  # pictures that a made-up document has
_DOCUMENTS = """
with added as (
  insert into files (sha256, pages, unread)
  select lpad('f' || number, 64, '0'), 1, '[]' from generate_series(1, %s) as number returning id
), placed as (
  insert into paths select convert_to('made-up/' || id, 'UTF8'), id, false from added
)
insert into figures (file, page, number, x0, y0, x1, y1, width, height, pixels_sha256)
select id, 1, 1, 0, 0, 1, 1, 256, 256, lpad('f' || id, 64, '0') from added returning id
"""
_PICTURES = """
with shown as (
  insert into pictures (sha256, width, height, look, png)
  select lpad('p' || number, 64, '0'), 256, 256, '0', '' from generate_series(1, %s) as number
  returning id
), numbered as (select id, row_number() over (order by id) as place from shown),
panel as (
  insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture, look)
  select (%s::bigint[])[1 + (place - 1) / %s], 0, 0, 256, 256, 'micrograph', true, '', id, '0'
  from numbered
)
select id from numbered order by place
"""


def measure(
    address: str, paths: Sequence[str], model: Model, size: int, queries: int, seed: int
) -> dict:
    """Adds documents to an empty database, then made-up embeddings that are like theirs.

    An embedding is made up of that of a square and a part of the difference of two near ones, so
    that neighbours differ in as many ways as those of pictures do.

    Args:
        address: of a database in which nothing is.
        paths: files and folders of images.
        model: whose embeddings and f these are.
        size: how many pictures are searched.
        queries: how many are searched for.
        seed: of what is made up.

    Returns:
        A record, with the versions of all that was measured.

    Raises:
        UserError: there is something in the database, or it can't be used.
    """
    started = time.monotonic()
    with libraries.writing(address) as library:
        if library.sizes() != (0, 0):
            raise UserError(f"{library.name} holds documents: name an empty database")
    libraries.add_paths(address, paths, model)
    adding = time.monotonic() - started
    alpha, rng = by_index.alpha(model.metric), np.random.default_rng(seed)
    with server.opened(address) as connection, libraries.reading(address) as library:
        wholes, parts = library.sizes()
        bytes_of = _bytes(connection)
        real = _embeddings(connection, len(alpha))
        made = _made_up(real, size - wholes + queries + _LATER, model.metric, rng)
        wanted, later, rows = np.split(made, [queries, queries + _LATER])
        for name in by_index.INDEXES:
            connection.execute(f"drop index {name}")
        _fill(connection, rows, alpha)
        building = _build(connection)
        whole = _embeddings(connection, len(alpha), "number = 0")
        searched = _search(library, model.metric, wanted, whole)
        index = _value(connection, "select pg_relation_size('squares_wholes')")
        table = _value(connection, "select pg_table_size('squares')")
        squares = sum(library.sizes())
        started = time.monotonic()
        _fill(connection, later, alpha)
        inserting = time.monotonic() - started
        versions = {
            "PostgreSQL": _value(connection, "show server_version"),
            "pgvector": _value(
                connection, "select extversion from pg_extension where extname = 'vector'"
            ),
        }
    measured = {
        "pictures": len(whole),
        "documents_added": {
            "pictures": wholes,
            "squares": wholes + parts,
            "seconds": adding,
            "bytes": bytes_of,
        },
        "search": searched,
        "index": {
            "build_seconds": building,
            "bytes_per_square": index / len(whole),
            "inserted_per_second": _LATER / inserting,
        },
        "square_bytes": table / squares,
        "features": len(alpha),
        "seed": seed,
    }
    packages = ("imgforensics", "jax", "numpy", "psycopg")
    return {"shared_library": measured, "versions": results.versions(packages) | versions}


def _made_up(real: np.ndarray, count: int, forensic: Metric, rng) -> np.ndarray:
    """float32 [count, D]."""
    chosen = real[rng.integers(len(real), size=min(len(real), 2000))]
    labels = np.zeros(len(chosen), int), np.ones(len(real), int)
    _, near = search.nearest(forensic, chosen, labels[0], real, labels[1], 9)
    one = rng.integers(len(chosen), size=count)
    # The first is the square itself.
    differences = chosen[one] - real[near[one, rng.integers(1, near.shape[1], size=count)]]
    bases = real[rng.integers(len(real), size=count)]
    return (bases + rng.uniform(-0.7, 0.7, (count, 1)) * differences).astype(np.float32)


def _fill(connection, rows: np.ndarray, alpha: np.ndarray) -> None:
    """Adds made-up pictures, each as a whole."""
    documents = -(-len(rows) // _OF_DOCUMENT)
    before = _value(connection, "select count(*) from files")
    with connection.transaction():
        figures = connection.execute(
            _DOCUMENTS.replace("'f' || number", f"'f' || {before} + number"), (documents,)
        )
        figures = [number for (number,) in figures]
        before = _value(connection, "select count(*) from pictures")
        pictures = connection.execute(
            _PICTURES.replace("'p' || number", f"'p' || {before} + number"),
            (len(rows), figures, _OF_DOCUMENT),
        )
        new = [(number, row[None]) for (number,), row in zip(pictures.fetchall(), rows)]
        intake.take_squares(connection, new, alpha)


def _build(connection) -> float:
    """Makes the indexes anew; returns the seconds that the one of pictures took."""
    connection.execute("set maintenance_work_mem = '1GB'")
    seconds = []
    for name, which in by_index.INDEXES.items():
        started = time.monotonic()
        connection.execute(
            f"create index {name} on squares using hnsw (scaled halfvec_l1_ops) where {which}"
        )
        seconds.append(time.monotonic() - started)
    connection.execute("analyze")
    return seconds[0]


def _search(library, forensic, wanted: np.ndarray, rows: np.ndarray) -> dict:
    def by_library():
        return library.nearest(forensic, wanted, False, _K, Filter(), lambda pairs: None)

    def exactly():
        labels = np.zeros(len(wanted), int), np.ones(len(rows), int)
        return search.nearest(forensic, wanted, labels[0], rows, labels[1], _K)

    by_library(), exactly()  # compiles, and warms the server's memory
    started = time.monotonic()
    near = by_library()
    between = time.monotonic()
    f, _ = exactly()
    ended = time.monotonic()
    # By their f: which of two equal rows is found makes no difference.
    hits = sum(np.isin(f[line], near.f[line]).sum() for line in range(len(f)))
    return {
        "k": _K,
        "queries": len(wanted),
        "recall": float(hits / f.size),
        "queries_per_second": len(wanted) / (between - started),
        "exact_queries_per_second": len(wanted) / (ended - between),
    }


def _bytes(connection) -> dict[str, int]:
    """Of each table with its indexes, but for the squares' index."""
    found = connection.execute(
        "select relname, pg_total_relation_size(oid) from pg_class"
        " where relnamespace = 'imgforensics'::regnamespace and relkind = 'r'"
    )
    return {name: size for name, size in found if name != "squares"}


def _embeddings(connection, features: int, which: str = "true") -> np.ndarray:
    found = connection.execute(
        f"select embedding from squares where {which} order by picture, number", binary=True
    )
    return np.frombuffer(b"".join(each for (each,) in found), np.float32).reshape(-1, features)


def _value(connection, statement: str):
    return connection.execute(statement).fetchone()[0]
