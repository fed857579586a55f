"""The steps by which documents come into a case or a library, each shown and resumed."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence

import tqdm

from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.library import descriptions, embedding, intake, merge
from imgforensics.library import store as stores
from imgforensics.library.store import Store
from imgforensics.utils.errors import UserError

_MODEL = "model"  # setting: fingerprint of the weights of all embeddings


def add(store: Store, listed: intake.Listed, model: Model) -> None:
    """Reads documents, embeds and describes their panels; what is known already is passed over.

    Args:
        store: a case or library that is open for writing.
        listed: the documents.
        model: of all its embeddings.

    Raises:
        UserError: it has embeddings of other weights, or something can't be written.
    """
    check(store, model)
    stores.set_to(store, _MODEL, weights.fingerprint(model))
    with bar("reading", len(listed.paths), "documents") as advance:
        intake.add(store, listed, lambda path: advance(1))
    with bar("embedding", len(embedding.missing(store)), "panels") as advance:
        embedding.add(store, model, advance)
    with bar("describing", len(descriptions.missing(store)), "panels") as advance:
        descriptions.add(store, advance)


def add_paths(folder: str | os.PathLike, paths: Sequence[str], model: Model) -> None:
    """Adds documents to a library, and what was read for cases.

    Args:
        folder: of the library; made if missing.
        paths: files, folders, and folders of cases.
        model: of all its embeddings.

    Raises:
        UserError: a path is not there or is of other weights, or something can't be written.
    """
    cases = [path for path in paths if stores.is_store(path)]
    others = [path for path in paths if path not in cases]
    listed = intake.listed(others)
    with stores.writing(folder) as store:
        for case in cases:
            if os.path.samefile(case, folder):
                raise UserError(f"{case} is the library itself: name what to add")
            with stores.reading(case) as origin:
                merge.add(store, origin)
        add(store, listed, model)


def check(store: Store, model: Model) -> None:
    """Refuses a case or library whose embeddings are of other weights.

    Raises:
        UserError: they are.
    """
    if stores.setting(store, _MODEL) not in (None, weights.fingerprint(model)):
        raise UserError(
            f"{store.folder} holds embeddings of other weights: name those, or a new folder"
        )


@contextlib.contextmanager
def bar(title: str, total: int, unit: str) -> Iterator[Callable[[int], object]]:
    """Shows how far a step is, how quick, and how long it will take; nothing if it has no work.

    Yields:
        A function that is told how many are done.
    """
    with tqdm.tqdm(total=total, desc=title, unit=f" {unit}", disable=not total) as shown:
        yield shown.update
