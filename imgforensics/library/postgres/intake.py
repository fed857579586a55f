"""Documents that were read into a folder, into the library: all of a folder, or nothing.

What two programs add at once is inserted in one order, so that they never wait for each other.
"""

import os
from collections.abc import Iterable

import numpy as np
import psycopg

from imgforensics.library import columns, descriptions, embedding
from imgforensics.library import store as stores
from imgforensics.library.postgres import vectors
from imgforensics.library.store import Store
from imgforensics.panels import furniture

_MARKING = 0x5EE  # of those who mark what recurs (advisory)
_FIGURE = "page, number, x0, y0, x1, y1, width, height, stream_sha256, pixels_sha256, note"
_MARK = """
with touched as (
  select distinct look, spot from panels join figures on figures.id = figure
  where file = any(%s) and spot is not null
), pages as (
  select look, spot, file, count(distinct page) as pages, bool_or(suppressed) as known
  from panels join figures on figures.id = figure join touched using (look, spot)
  group by look, spot, file
), recurring as (
  select look, spot from pages group by look, spot
  having bool_or(known) or count(*) >= %s or max(pages) >= %s
)
update panels set suppressed = true from recurring
where not suppressed and panels.look = recurring.look and panels.spot = recurring.spot
"""


def take(connection: psycopg.Connection, store: Store, alpha: np.ndarray) -> None:
    """Adds the documents of a folder, which were read, embedded and described.

    Args:
        connection: to the library.
        store: the folder.
        alpha: float32 [D], of the metric f.

    Raises:
        UserError: a file of the folder is missing.
    """
    with connection.transaction():
        strays = store.catalogue.execute("select path, reason, passed from strays").fetchall()
        note_strays(connection, strays)
        files = _take_files(connection, store)
        _take_pictures(connection, store, alpha)
        _take_figures(connection, store, files)
        _suppress(connection, list(files.values()))
        placed = store.catalogue.execute(
            "select path, sha256, inside from paths join files on files.id = file"
        )
        place(connection, placed.fetchall())


def note_strays(connection: psycopg.Connection, strays: Iterable[tuple[bytes, str, int]]) -> None:
    """Notes paths of what is no document, or can't be opened, with the reasons."""
    for path, why, passed in sorted(strays):
        connection.execute(
            "insert into strays values (%s, %s, %s) on conflict (path) do update"
            " set reason = excluded.reason, passed = excluded.passed",
            (path, why, bool(passed)),
        )


def place(connection: psycopg.Connection, placed: Iterable[tuple[bytes, str, int]]) -> None:
    """Notes paths of documents that are there, by their SHA-256, and if they are in an archive."""
    for path, digest, inside in sorted(placed):
        connection.execute(
            "insert into paths select %s, id, %s from files where sha256 = %s"
            " on conflict do nothing",
            (path, bool(inside), digest),
        )
        connection.execute("delete from strays where path = %s", (path,))


def path_of(name: str | os.PathLike) -> bytes:
    """A path as the library has it."""
    return os.fsencode(name)


def _take_files(connection, store) -> dict[int, int]:
    """Numbers of new files, by those that they have in the folder."""
    new = {}
    for number, *told in store.catalogue.execute(
        "select id, sha256, pages, problem, unread from files order by sha256"
    ):
        added = connection.execute(
            "insert into files (sha256, pages, problem, unread) values (%s, %s, %s, %s)"
            " on conflict do nothing returning id",
            told,
        ).fetchone()
        if added:
            new[number] = added[0]
    return new


def _take_pictures(connection, store, alpha) -> None:
    wholes, parts = (
        columns.read(store, of(len(alpha))) for of in (embedding.wholes, embedding.parts)
    )
    pictures = store.catalogue.execute(
        "select sha256, width, height, look, whole, part, parts from pictures order by sha256"
    ).fetchall()
    described = descriptions.Reader(store, (digest for digest, *_ in pictures))
    new = []
    for digest, width, height, look, whole, part, count in pictures:
        connection.execute(
            "insert into pictures (sha256, width, height, look, png) values (%s, %s, %s, %s, %s)"
            " on conflict do nothing",
            (digest, width, height, look, stores.picture_file(store, digest)),
        )
        if whole is None:
            continue
        # It may have been there before, of a panel that is not compared.
        added = connection.execute(
            "update pictures set description = %s where sha256 = %s and description is null"
            " returning id",
            (described(digest).tobytes(), digest),
        ).fetchone()
        if added:
            squares = np.concatenate([wholes[whole : whole + 1], parts[part : part + count]])
            new.append((added[0], squares))
    take_squares(connection, new, alpha)


def take_squares(
    connection: psycopg.Connection, new: Iterable[tuple[int, np.ndarray]], alpha: np.ndarray
) -> None:
    """Adds squares of pictures that have none.

    Args:
        connection: to the library.
        new: numbers of pictures, each with the embeddings of its squares, float32 [n, D].
        alpha: float32 [D], of the metric f.
    """
    vectors.adapt(connection)
    with connection.cursor().copy(
        "copy squares (picture, number, embedding, scaled) from stdin (format binary)"
    ) as copy:
        copy.set_types(["int8", "int4", "bytea", vectors.NAME])
        for picture, squares in new:
            for number, each in enumerate(squares):
                copy.write_row((picture, number, each.tobytes(), vectors.Halves(each * alpha)))


def _take_figures(connection, store, files: dict[int, int]) -> None:
    """Adds the figures of new files, and their panels."""
    hashes = [digest for (digest,) in store.catalogue.execute("select sha256 from pictures")]
    pictures = dict(
        connection.execute("select sha256, id from pictures where sha256 = any(%s)", (hashes,))
    )
    _take_sheets(connection, store, files)
    figures = store.catalogue.execute(
        f"select id, file, pixels_sha256, {_FIGURE} from figures order by pixels_sha256, id"
    ).fetchall()
    for number, file, digest, *told in figures:
        if file not in files:
            continue
        (figure,) = connection.execute(
            f"insert into figures (file, {_FIGURE}) values (%s{', %s' * 11}) returning id",
            (files[file], *told),
        ).fetchone()
        if (jpeg := stores.figure_file(store, digest)) is not None:
            connection.execute(
                "insert into figure_files values (%s, %s) on conflict do nothing", (digest, jpeg)
            )
        for *box, kind, compared, reason, shown, look in store.catalogue.execute(
            "select x0, y0, x1, y1, kind, compared, reason, sha256, look from panels"
            " join pictures on pictures.id = picture where figure = ? order by panels.id",
            (number,),
        ):
            spot = _spot(told[2:6], told[6:8], box)
            connection.execute(
                "insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture, look,"
                " spot) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (figure, *box, kind, bool(compared), reason, pictures[shown], look, spot),
            )


def _take_sheets(connection, store, files) -> None:
    """Adds the pages of new files that have figures."""
    for file, digest, page in store.catalogue.execute(
        "select distinct file, sha256, page from figures join files on files.id = file"
    ):
        if file in files and (jpeg := stores.sheet_file(store, digest, page)) is not None:
            connection.execute("insert into sheets values (%s, %s, %s)", (digest, page, jpeg))


def _spot(figure, size, panel) -> list[int] | None:
    """Where on its page a panel is; None in a figure that fills its page, as image files do."""
    if tuple(figure) == (0, 0, 1, 1):
        return None
    return list(furniture.place(furniture.on_page(figure, size, panel)))


def _suppress(connection, files: list[int]) -> None:
    """Marks what recurs at one place of many pages, among what is alike a panel of some files."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_MARKING,))
    connection.execute(_MARK, (files, furniture.DOCUMENTS, furniture.PAGES))
