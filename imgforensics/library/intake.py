"""Documents into a case or library: read, cut into panels, and kept; each once."""

import datetime
import json
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.data import blank
from imgforensics.documents import find, read
from imgforensics.documents.figure import Document, Figure
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.panels import furniture
from imgforensics.panels.find import find as find_panels
from imgforensics.panels.panel import MICROGRAPH, Box, Panel
from imgforensics.utils import digests
from imgforensics.utils.printable import printable

MIN_SIDE = 32  # pixels of the shorter side: smaller panels hold too little to compare


class Listed(NamedTuple):
    """The documents that a command names.

    Attributes:
        paths: of the files to read, and of those within archives that were read before.
        passed_over: of other files the reason why not.
    """

    paths: list[str]
    passed_over: dict[str, str]


def listed(paths: Iterable[str | os.PathLike[str]]) -> Listed:
    """Lists the documents in files and folders; cases and libraries among these are left out.

    Raises:
        UserError: one is not there, or a folder can't be listed.
    """
    found = find.find(paths)
    own: dict[pathlib.Path, bool] = {}

    def is_own(path):
        for folder in pathlib.Path(path).parents:
            if folder not in own:
                own[folder] = stores.is_store(folder)
            if own[folder]:
                return True
        return False

    return Listed(
        [path for path in found.paths if not is_own(path)],
        {path: why for path, why in found.passed_over.items() if not is_own(path)},
    )


def now() -> str:
    """The time as it is noted, ISO 8601 in UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def add(store: Store, found: Listed, advance: Callable[[str], object] = lambda path: None) -> int:
    """Reads those documents whose content is not there yet; a transaction for each file.

    Args:
        store: a case or library that is open for writing.
        found: from `listed`.
        advance: is told each path once it is done.

    Returns:
        How many files were read.

    Raises:
        UserError: something can't be written.
    """
    if found.passed_over:
        with transaction(store.catalogue):
            for path, why in found.passed_over.items():
                _stray(store, path, why, passed=True)
    count = 0
    for path, documents in _grouped(_new(store, found.paths, advance)):
        _keep(store, documents)
        advance(path)
        count += 1
    return count


def _new(store, paths, advance) -> Iterator[str]:
    """The paths whose content is new; those of known content are noted."""
    for path in paths:
        try:
            digest = digests.of_file(path)
        except OSError:
            digest = ""  # the reader says what is wrong
        found = store.catalogue.execute("select id from files where sha256 = ?", (digest,))
        known = found.fetchone()
        if known:
            if not _is_placed(store, path, known[0]):
                with transaction(store.catalogue):
                    _place(store, path, known[0], inside=False)
            advance(path)
        else:
            yield path


def _grouped(paths: Iterator[str]) -> Iterator[tuple[str, list[Document]]]:
    """Each path with what was read of it: a document, and of an archive those within."""
    given: list[str] = []

    def noted():
        for path in paths:
            given.append(path)
            yield path

    group: list[Document] = []
    for document in read.read(noted()):
        if group and document.path == given[-1] and document.path != group[0].path:
            yield group[0].path, group
            group = []
        group.append(document)
    if group:
        yield group[0].path, group


def _keep(store: Store, documents: list[Document]) -> None:
    """Writes the panels and pages of documents, then notes all of them at once."""
    cut = [[_panels(figure) for figure in document.figures] for document in documents]
    for document, of_figures in zip(documents, cut):
        for figure, found in zip(document.figures, of_figures):
            for _, pixels in found:
                stores.keep_picture(store, pixels)
            if len(found) > 1:
                stores.keep_figure(store, figure.pixels, figure.pixels_sha256)
        for page, jpeg in document.sheets.items():
            stores.keep_sheet(store, document.sha256, page, jpeg)
    with transaction(store.catalogue):
        for document, of_figures in zip(documents, cut):
            if document.sha256:
                _insert(store, document, of_figures, inside=document is not documents[0])
            else:
                _stray(store, document.path, document.problem or "it can't be read", passed=False)


def _insert(store, document, of_figures, inside) -> None:
    known = store.catalogue.execute("select id from files where sha256 = ?", (document.sha256,))
    found = known.fetchone()
    if found is None:
        cursor = store.catalogue.execute(
            "insert into files (sha256, pages, problem, unread, added) values (?, ?, ?, ?, ?)",
            (document.sha256, document.pages, _text(document.problem),
             json.dumps(list(map(printable, document.unread))), now()),
        )  # fmt: skip
        found = (cursor.lastrowid,)
        for figure, panels_of in zip(document.figures, of_figures):
            _insert_figure(store, found[0], figure, panels_of)
    _place(store, document.path, found[0], inside)


def _insert_figure(store, file, figure: Figure, found) -> None:
    height, width = figure.pixels.shape
    cursor = store.catalogue.execute(
        "insert into figures (file, page, number, x0, y0, x1, y1, width, height, stream_sha256,"
        " pixels_sha256, note) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (file, figure.page, figure.number, *figure.box, width, height, figure.stream_sha256,
         figure.pixels_sha256, _text(figure.note)),
    )  # fmt: skip
    for panel, pixels in found:
        digest = digests.of_pixels(pixels)
        store.catalogue.execute(
            "insert or ignore into pictures (sha256, width, height, look) values (?, ?, ?, ?)",
            (digest, *pixels.shape[::-1], f"{furniture.key(pixels):016x}"),
        )
        store.catalogue.execute(
            "insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture)"
            " select ?, ?, ?, ?, ?, ?, ?, ?, id from pictures where sha256 = ?",
            (cursor.lastrowid, *panel.box, panel.kind, panel.compared, panel.reason, digest),
        )


def _place(store, path, file, inside) -> None:
    store.catalogue.execute(
        "insert or replace into paths values (?, ?, ?)", (os.fsencode(path), file, inside)
    )
    store.catalogue.execute("delete from strays where path = ?", (os.fsencode(path),))


def _is_placed(store, path, file) -> bool:
    found = store.catalogue.execute(
        "select 1 from paths where path = ? and file = ?", (os.fsencode(path), file)
    )
    return found.fetchone() is not None


def _stray(store, path, reason, passed) -> None:
    store.catalogue.execute(
        "insert or replace into strays values (?, ?, ?)",
        (os.fsencode(path), _text(reason), passed),
    )


def _text(text: str | None) -> str | None:
    """What a reader says of a file, which may be named anything, fit for the database."""
    return None if text is None else printable(text)


def _panels(figure: Figure) -> list[tuple[Panel, np.ndarray]]:
    """The panels of a figure and their pixels; those without anything to compare say so.

    An image file that seems to hold no picture is one all the same: somebody chose to give it.
    """
    panels, found = find_panels(figure.pixels), []
    if figure.stream_sha256 == figure.sha256 and not any(panel.compared for panel in panels):
        panels = [Panel(Box(0, 0, *figure.pixels.shape[::-1]), MICROGRAPH, True, "")]
    for panel in panels:
        pixels = np.ascontiguousarray(panel.box.of(figure.pixels))
        if panel.compared and (reason := _reason_against(pixels)):
            panel = panel._replace(compared=False, reason=reason)
        found.append((panel, pixels))
    return found


def _reason_against(pixels) -> str | None:
    height, width = pixels.shape
    if min(height, width) < MIN_SIDE:
        return f"{width}x{height} pixels: it takes {MIN_SIDE} either way to compare"
    return blank.REASON if blank.is_blank(pixels) else None
