"""The steps by which documents come into a case or a library, each shown and resumed."""

import contextlib
from collections.abc import Callable, Iterator

import tqdm

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.library import descriptions, embedding, intake
from imgforensics.library import store as stores
from imgforensics.library.store import Store
from imgforensics.utils.errors import UserError

_MODEL = "model"  # setting: fingerprint of the weights of all embeddings


def add(store: Store, listed: intake.Listed, model: Model, engine: Engine = LOCAL) -> None:
    """Reads documents, embeds and describes their panels; what is known already is passed over.

    Args:
        store: a case or library that is open for writing.
        listed: the documents.
        model: of all its embeddings.
        engine: that does the work.

    Raises:
        UserError: it has embeddings of other weights, or something can't be written.
    """
    check(store.folder, model_of(store), model)
    stores.set_to(store, _MODEL, weights.fingerprint(model))
    with bar("reading", len(listed.paths), "documents") as advance:
        intake.add(store, listed, lambda path: advance(1), engine)
    with bar("embedding", len(embedding.missing(store)), "panels") as advance:
        embedding.add(store, model, advance, engine)
    with bar("describing", len(descriptions.missing(store)), "panels") as advance:
        descriptions.add(store, advance, engine)


def model_of(store: Store) -> str | None:
    """The fingerprint of the weights of all embeddings; None while there are none."""
    return stores.setting(store, _MODEL)


def check(name: object, made_by: str | None, model: Model) -> None:
    """Refuses a case or library whose embeddings are of other weights.

    Args:
        name: of it, for the message.
        made_by: the fingerprint of its weights; None while it has no embeddings.
        model: that is to be used with it.

    Raises:
        UserError: they are.
    """
    if made_by not in (None, weights.fingerprint(model)):
        raise UserError(f"{name} holds embeddings of other weights: name those, or a new one")


@contextlib.contextmanager
def bar(title: str, total: int, unit: str) -> Iterator[Callable[[int], object]]:
    """Shows how far a step is, how quick, and how long it will take; nothing if it has no work.

    Yields:
        A function that is told how many are done.
    """
    with tqdm.tqdm(total=total, desc=title, unit=f" {unit}", disable=not total) as shown:
        yield shown.update
