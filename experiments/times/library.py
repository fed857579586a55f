"""A library of a million panels, without the documents that would take weeks to gather.

Its embeddings are those of a case with so much noise that nothing is near; its keypoints and
pictures are not there. So the search and the votes take as long as they do, and no close look.
"""

import pathlib
import shutil

import numpy as np

from imgforensics.library import columns, embedding
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.verification import gate

_NOISE = 4.0  # of the standard deviation of each feature
_PARTS = 4  # squares of a panel beside the whole
_BLOCK = 50_000  # panels written at once
_PANELS = 5  # of a document


def write(folder: pathlib.Path, case: Store, size: int, seed: int = 0) -> None:
    """Makes the library, unless it is there; what is left of one that was not ended is removed.

    Args:
        folder: of the library.
        case: whose embeddings it resembles, and whose model it has.
        size: how many panels.
        seed: of the noise.
    """
    if stores.is_store(folder):
        with stores.reading(folder) as store:
            if stores.setting(store, "model"):  # which is set last
                return
        shutil.rmtree(folder)
    features = embedding.wholes(_features(case)).shape[0]
    real = np.asarray(columns.read(case, embedding.wholes(features)))
    spread, rng = _NOISE * real.std(axis=0), np.random.default_rng(seed)

    def drawn(count):
        noise = rng.standard_normal((count, features), np.float32)
        return real[rng.integers(len(real), size=count)] + spread * noise

    with stores.writing(folder) as store:
        for first in range(0, size, _BLOCK):
            count = min(_BLOCK, size - first)
            with transaction(store.catalogue):
                columns.append(store, embedding.wholes(features), drawn(count))
                columns.append(store, embedding.parts(features), drawn(count * _PARTS))
                _note(store, first, count)
        _describe_nothing(store, size)
        stores.set_to(store, "model", str(stores.setting(case, "model")))


def _features(case: Store) -> int:
    """How many numbers an embedding has."""
    (records,) = case.catalogue.execute(
        "select records from columns where name = 'wholes'"
    ).fetchone()
    return (case.folder / "columns" / "wholes").stat().st_size // (4 * records)


def _note(store, first, count) -> None:
    """The rows of panels that would have been read, of a document for each few."""
    insert = store.catalogue.executemany
    numbers = range(first, first + count)
    documents = range(first // _PANELS, (first + count) // _PANELS)
    insert("insert into files (id, sha256, pages, problem, unread) values (?, ?, 1, null, '[]')",
           ((each, f"{each:064x}") for each in documents))  # fmt: skip
    insert("insert into paths values (?, ?, 0)",
           ((b"%d.pdf" % each, each) for each in documents))  # fmt: skip
    insert("insert into figures values (?, ?, 1, 1, 0, 0, 1, 1, 256, 256, null, ?, null)",
           ((each, each, f"{each:064x}") for each in documents))  # fmt: skip
    insert("insert into pictures values (?, ?, 256, 256, '0', ?, ?, ?, ?, 0)",
           ((n, f"{n + 2**40:064x}", n, n * _PARTS, _PARTS, n) for n in numbers))  # fmt: skip
    insert("insert into panels values (?, ?, 0, 0, 256, 256, 'micrograph', 1, '', ?)",
           ((n, n // _PANELS, n) for n in numbers))  # fmt: skip


def _describe_nothing(store: Store, size: int) -> None:
    """Descriptions of no keypoints, in a file that takes no space since it holds zeros only."""
    path = store.folder / "columns" / "descriptions"
    with open(path, "wb") as file:
        file.truncate(size * gate.DESCRIPTION.itemsize)
    store.catalogue.execute("insert into columns values ('descriptions', ?)", (size,))
