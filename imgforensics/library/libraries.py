"""Libraries by their names: which engine keeps one, opened and closed."""

import contextlib
import os
from collections.abc import Iterator, Sequence

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.weights import Model
from imgforensics.library import intake
from imgforensics.library import store as stores
from imgforensics.library.interface import Library
from imgforensics.utils import servers


@contextlib.contextmanager
def reading(name: str | os.PathLike) -> Iterator[Library]:
    """Opens a library that is there, while others may be adding to it.

    Args:
        name: a folder, or postgresql://HOST/DATABASE.

    Raises:
        UserError: there is none, or it can't be used.
    """
    with _engine(name).reading(name) as library:
        yield library


@contextlib.contextmanager
def existing(name: str | os.PathLike) -> Iterator[Library]:
    """Opens a library that is there, or a case, to add to it.

    Raises:
        UserError: there is none, or it can't be used.
    """
    with _engine(name).existing(name) as library:
        yield library


@contextlib.contextmanager
def writing(name: str | os.PathLike) -> Iterator[Library]:
    """Opens a library to add to it, and makes it where there is none.

    Raises:
        UserError: it can't be made or used.
    """
    with _engine(name).writing(name) as library:
        yield library


def add_paths(
    name: str | os.PathLike, paths: Sequence[str], model: Model, engine: Engine = LOCAL
) -> None:
    """Adds documents to a library, and what was read for cases.

    Args:
        name: of the library.
        paths: files, folders, and folders of cases.
        model: of all its embeddings.
        engine: that does the work.

    Raises:
        UserError: a path is not there, the library is of other weights, or something can't be
            written.
    """
    cases = [path for path in paths if stores.is_store(path)]
    listed = intake.listed([path for path in paths if path not in cases])
    with writing(name) as library:
        library.add(cases, listed, model, engine)


def _engine(name):
    """The module that keeps such a library; what it needs is imported only then."""
    servers.check(name)
    if servers.is_address(name):
        from imgforensics.library.postgres import library

        return library
    from imgforensics.library import folder

    return folder
