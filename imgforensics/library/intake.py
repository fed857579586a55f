"""Documents into a case or library: read, cut into panels, and kept; each once."""

import datetime
import json
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from imgforensics.documents import find
from imgforensics.documents.figure import Figure
from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.library import extraction
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.extraction import Extracted, Shown
from imgforensics.library.store import Store
from imgforensics.utils import digests
from imgforensics.utils.printable import printable


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


def add(
    store: Store,
    found: Listed,
    advance: Callable[[str], object] = lambda path: None,
    engine: Engine = LOCAL,
) -> int:
    """Reads those documents whose content is not there yet; a transaction for each file.

    Args:
        store: a case or library that is open for writing.
        found: from `listed`.
        advance: is told each path once it is done.
        engine: that reads them.

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
    new = _new(store, found.paths, advance)
    for extracted in engine.of_files(extraction.extracting, new):
        _keep(store, extracted)
        advance(extracted[0].document.path)
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


def _keep(store: Store, extracted: list[Extracted]) -> None:
    """Writes the panels and pages of documents, then notes all of them at once."""
    for each in extracted:
        for digest, content in each.pictures.items():
            stores.keep_picture_file(store, content, digest)
        for digest, content in each.figures.items():
            stores.keep_figure(store, content, digest)
        for page, content in each.document.sheets.items():
            stores.keep_sheet(store, each.document.sha256, page, content)
    with transaction(store.catalogue):
        for each in extracted:
            document = each.document
            if document.sha256:
                _insert(store, each, inside=each is not extracted[0])
            else:
                _stray(store, document.path, document.problem or "it can't be read", passed=False)


def _insert(store, extracted: Extracted, inside) -> None:
    document = extracted.document
    known = store.catalogue.execute("select id from files where sha256 = ?", (document.sha256,))
    found = known.fetchone()
    if found is None:
        cursor = store.catalogue.execute(
            "insert into files (sha256, pages, problem, unread, added) values (?, ?, ?, ?, ?)",
            (document.sha256, document.pages, _text(document.problem),
             json.dumps(list(map(printable, document.unread))), now()),
        )  # fmt: skip
        found = (cursor.lastrowid,)
        for figure, size, shown in zip(document.figures, extracted.sizes, extracted.panels):
            _insert_figure(store, found[0], figure, size, shown)
    _place(store, document.path, found[0], inside)


def _insert_figure(store, file, figure: Figure, size, found: list[Shown]) -> None:
    cursor = store.catalogue.execute(
        "insert into figures (file, page, number, x0, y0, x1, y1, width, height, stream_sha256,"
        " pixels_sha256, note) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (file, figure.page, figure.number, *figure.box, *size, figure.stream_sha256,
         figure.pixels_sha256, _text(figure.note)),
    )  # fmt: skip
    for panel, digest, shape, look in found:
        store.catalogue.execute(
            "insert or ignore into pictures (sha256, width, height, look) values (?, ?, ?, ?)",
            (digest, *shape, look),
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
