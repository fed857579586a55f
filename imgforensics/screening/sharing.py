"""Verdicts go from a case to a library, and from there to every case in which the pair comes up."""

import os

from imgforensics.library import libraries
from imgforensics.library import store as stores
from imgforensics.library.interface import Library
from imgforensics.library.store import Store
from imgforensics.library.verdicts import Verdict
from imgforensics.screening import verdicts


def take(store: Store, library: Library) -> int:
    """Takes over what was judged of the case's pairs; returns how many verdicts are new.

    Args:
        store: a case, open for writing.
        library: that has verdicts.

    Raises:
        UserError: it can't be read, or the case can't be written to.
    """
    pairs = set(store.catalogue.execute("select first, second from pairs"))
    return verdicts.add(store, library.verdicts(pairs))


def exchange(case: str | os.PathLike, library: str | os.PathLike) -> None:
    """Adds all verdicts of a case to a library, and takes over those of the case's pairs.

    Args:
        case: folder.
        library: name.

    Raises:
        UserError: one of them is not there, or can't be written to.
    """
    with stores.existing(case) as store, libraries.existing(library) as opened:
        opened.judge(verdicts.all_of(store.catalogue))
        take(store, opened)


def give(library: str | os.PathLike, given: Verdict) -> None:
    """Adds a verdict to a library.

    Raises:
        UserError: it is not there, or can't be written to.
    """
    with libraries.existing(library) as opened:
        opened.judge([given])
