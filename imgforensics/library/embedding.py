"""Embeddings of the pictures in a case or library: of each as a whole, and of squares of it."""

import functools
import json
import sqlite3
from collections.abc import Callable, Sequence

import numpy as np

from imgforensics.comparison import tiles
from imgforensics.comparison.tiles import Tiles
from imgforensics.data import blank
from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.library import columns
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.columns import Column
from imgforensics.library.store import Store
from imgforensics.utils import ahead, compilation

_PICTURES = 128  # in one transaction: what is lost when a process is killed
_MAX_SQUARES = 16  # of a picture, the whole one included


def wholes(features: int) -> Column:
    """The column of embeddings of pictures, each as its largest central square."""
    return Column("wholes", np.dtype(np.float32), (features,))


def parts(features: int) -> Column:
    """The column of embeddings of smaller squares, those of a picture one after another."""
    return Column("parts", np.dtype(np.float32), (features,))


def missing(store: Store) -> list[tuple[int, str]]:
    """Ids and hashes of the pictures that are compared and have no embedding yet."""
    return store.catalogue.execute(
        "select id, sha256 from pictures where whole is null and id in"
        " (select picture from panels where compared) order by id"
    ).fetchall()


def add(
    store: Store, model: Model, advance: Callable[[int], object], engine: Engine = LOCAL
) -> None:
    """Embeds the pictures that have no embedding yet.

    Args:
        store: a case or library that is open for writing.
        model: that all of its embeddings are by.
        advance: is told of how many pictures at a time.
        engine: that embeds them.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    features = len(model.metric.alpha)
    todo = missing(store)
    groups = [todo[start : start + _PICTURES] for start in range(0, len(todo), _PICTURES)]
    pictures = ([stores.picture(store, digest) for _, digest in group] for group in groups)
    embedded = engine.on_devices(functools.partial(_squares_embedded, model), pictures)
    for group, found in zip(groups, embedded):
        with transaction(store.catalogue):
            _append(store, features, group, found)
        advance(len(group))


def _squares_embedded(model: Model, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The embeddings of each picture's squares, float32 [n, D] each."""
    cut_squares = functools.partial(cut, side=model.config.manipulations.output_size)
    found = list(ahead.in_order(cut_squares, pictures, compilation.cores()))
    return np.split(
        embed(model, (image for each in found for image in each.images)),
        np.cumsum([len(each.images) for each in found])[:-1],
    )


def _append(store, features, some, embedded) -> None:
    """Of each picture the first embedding is of the whole."""
    whole = columns.append(store, wholes(features), np.stack([each[0] for each in embedded]))
    part = columns.append(store, parts(features), np.concatenate([each[1:] for each in embedded]))
    for place, ((number, _), each) in enumerate(zip(some, embedded)):
        store.catalogue.execute(
            "update pictures set whole = ?, part = ?, parts = ? where id = ?",
            (whole + place, part, len(each) - 1, number),
        )
        part += len(each) - 1


def cut(picture: np.ndarray, side: int) -> Tiles:
    """The largest central square of a picture, then smaller ones that show something.

    Args:
        picture: uint8 [height, width].
        side: pixels on each side of a square, as the network takes them.
    """
    boxes, images = tiles.cut(picture, side, _MAX_SQUARES)
    kept = [0, *(i for i in range(1, len(boxes)) if not blank.is_blank(images[i]))]
    return Tiles(boxes[kept], images[kept])


def squares(catalogue: sqlite3.Connection, parts: bool) -> tuple[np.ndarray, np.ndarray]:
    """What the records of `wholes`, or of `parts`, are of.

    Returns:
        Ids of pictures, int64 [n], and the numbers of the squares within these, int64 [n], as `cut`
        numbers them: the whole is 0.
    """
    rows = catalogue.execute(
        "select id, parts from pictures where whole is not null order by whole"
    ).fetchall()
    ids, counts = np.array(rows, np.int64).reshape(-1, 2).T
    if not parts:
        return ids, np.zeros_like(ids)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(ids, counts), 1 + np.arange(len(starts)) - starts


def hashes(catalogue: sqlite3.Connection, pictures: np.ndarray) -> dict[int, str]:
    """The hashes of some pictures by their ids; a library has more than need be in memory."""
    ids = json.dumps(np.unique(pictures).astype(int).tolist())
    return dict(
        catalogue.execute(
            "select id, sha256 from pictures where id in (select value from json_each(?))", (ids,)
        )
    )
