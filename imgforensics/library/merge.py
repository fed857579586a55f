"""What was read for a case, taken into a library without reading it again."""

from collections.abc import Collection

from imgforensics.library import intake
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store

_FIGURE = "page, number, x0, y0, x1, y1, width, height, stream_sha256, pixels_sha256, note"
_PANEL = "x0, y0, x1, y1, kind, compared, reason"


def add(store: Store, origin: Store, known: Collection[str] = ()) -> None:
    """Adds the documents of another store that are not there yet; embeddings are made anew.

    Args:
        store: open for writing.
        origin: that it takes from.
        known: hashes of documents that are left out.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    own = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
    files = origin.catalogue.execute("select id, sha256, pages, problem, unread from files")
    added = intake.now()
    for number, digest, *told in files.fetchall():
        if digest not in own and digest not in known:
            _add(store, origin, number, (digest, *told, added))


def _add(store, origin, number, told) -> None:
    figures = origin.catalogue.execute(
        f"select id, {_FIGURE} from figures where file = ? order by id", (number,)
    ).fetchall()
    panels = {
        figure: origin.catalogue.execute(
            f"select {_PANEL}, pictures.sha256, pictures.width, pictures.height, look from panels"
            " join pictures on pictures.id = panels.picture where figure = ? order by panels.id",
            (figure,),
        ).fetchall()
        for figure, *_ in figures
    }
    for digest in {row[-4] for rows in panels.values() for row in rows}:
        stores.keep_picture(store, stores.picture(origin, digest))
    for digest in {row[-2] for row in figures}:
        if (figure := stores.figure_file(origin, digest)) is not None:
            stores.keep_figure(store, figure, digest)
    for page in {row[1] for row in figures}:
        if (sheet := stores.sheet_file(origin, told[0], page)) is not None:
            stores.keep_sheet(store, told[0], page, sheet)
    paths = origin.catalogue.execute("select path, inside from paths where file = ?", (number,))
    with transaction(store.catalogue):
        file = _insert(store, "files (sha256, pages, problem, unread, added)", told)
        for path, inside in paths.fetchall():
            _insert(store, "paths (path, file, inside)", (path, file, inside))
        for figure, *values in figures:
            added = _insert(store, f"figures (file, {_FIGURE})", (file, *values))
            for *panel, digest, width, height, look in panels[figure]:
                picture = (digest, width, height, look)
                _insert(store, "pictures (sha256, width, height, look)", picture)
                (found,) = store.catalogue.execute(
                    "select id from pictures where sha256 = ?", (digest,)
                ).fetchone()
                _insert(store, f"panels (figure, picture, {_PANEL})", (added, found, *panel))


def _insert(store, what: str, values) -> int:
    """Inserts a row unless it is there; returns the number of a new one."""
    marks = ", ".join("?" * len(values))
    return store.catalogue.execute(
        f"insert or ignore into {what} values ({marks})", values
    ).lastrowid
