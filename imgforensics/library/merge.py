"""What was read for a case, taken into a library without reading it again."""

import contextlib

from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store

_FIGURE = "page, number, x0, y0, x1, y1, width, height, stream_sha256, pixels_sha256, note"
_PANEL = "x0, y0, x1, y1, kind, compared, reason"


def add(store: Store, origin: Store) -> None:
    """Adds the documents of another store that are not there yet; embeddings are made anew.

    Args:
        store: open for writing.
        origin: that it takes from.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    known = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
    files = origin.catalogue.execute("select id, sha256, pages, problem, unread from files")
    for number, digest, *told in files.fetchall():
        if digest not in known:
            _add(store, origin, number, (digest, *told))


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
        stores.copy_picture(origin, store, digest)
    for digest in {row[-2] for row in figures}:
        with contextlib.suppress(FileNotFoundError):  # where a panel is all of the figure
            stores.copy_figure(origin, store, digest)
    for page in {row[1] for row in figures}:
        with contextlib.suppress(FileNotFoundError):  # where the document has no pages to see
            stores.copy_sheet(origin, store, told[0], page)
    paths = origin.catalogue.execute("select path, inside from paths where file = ?", (number,))
    with transaction(store.catalogue):
        file = _insert(store, "files (sha256, pages, problem, unread)", told)
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
