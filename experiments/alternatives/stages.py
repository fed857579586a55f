"""What each stage of a screening lets pass, of copies and of the pairs that f proposes wrongly.

The hard negatives are images of the test split and their nearest neighbours by f in a library of
overlapping crops of the other splits, which never share a source image with it.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tqdm

from experiments.alternatives.systems import System
from imgforensics.data.micrographs import Micrographs
from imgforensics.inference.embed import embed
from imgforensics.inference.nearest import nearest
from imgforensics.inference.weights import Model
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import pair_sets
from imgforensics.testsets.pair_sets import SIDE

RATES = (0.01, 0.001)  # of hard negatives, that pass
# Upper left corners of a micrograph's crops of 128 pixels.
_CORNERS = (*itertools.product((0, 64, 128), (0, 43, 85, 128)), (32, 64))


class Pairs(NamedTuple):
    """Pairs of one kind: images, uint8 [n, side, side], and their numbers, int [m, 2]."""

    images: np.ndarray
    pairs: np.ndarray


def hard_negatives(
    model: Model, micrographs: Micrographs, queries: np.ndarray, library: np.ndarray, count: int
) -> Pairs:
    """Images, each with its nearest neighbours by f among crops of other source images.

    Args:
        model: by whose f.
        micrographs: where the images come from.
        queries: int [q], those to find neighbours of; their central crops are taken.
        library: int [l], of other source images; each gives 13 crops.
        count: of pairs, as many for each query.
    """
    places = list(itertools.product(library, _CORNERS))

    def crop(place):
        number, (y, x) = place
        return np.asarray(micrographs.images[number])[y : y + SIDE, x : x + SIDE]

    first = np.stack(
        [
            pair_sets.to_uint8(
                np.asarray(central_crop(np.asarray(micrographs.images[number]), SIDE))
            )
            for number in queries
        ]
    )
    index = embed(model, (crop(place) for place in tqdm.tqdm(places, desc="library", leave=False)))
    each = -(-count // len(queries))
    found = np.asarray(nearest(model.metric, embed(model, first), index, each)[1]).ravel()
    used, second = np.unique(found, return_inverse=True)
    images = np.concatenate([first, np.stack([crop(places[number]) for number in used])])
    pairs = np.stack([np.arange(len(queries)).repeat(each), second.ravel() + len(queries)], axis=1)
    return Pairs(images, pairs[:count])


def measure(
    systems: Mapping[str, System], copies: Mapping[str, Pairs], hard: Pairs
) -> dict[str, dict]:
    """What each system lets pass, and what it takes.

    Args:
        systems: by name.
        copies: sets of copies, by name.
        hard: negatives.

    Returns:
        For each system: CPU milliseconds, over all threads, that an image takes to be described and
        a pair to be compared; and for each set the shares of copies that are nearer than the
        nearest hundredth and thousandth of hard negatives, see `RATES`.
    """
    found = {}
    for name, system in systems.items():
        system(hard.images[:2], np.array([[0, 1]]))  # what is compiled or loaded at first
        others, cost = _timed(system, hard)
        found[name] = {
            "title": system.title,
            **cost,
            "copies": {
                which: _shares(_timed(system, some)[0], others) for which, some in copies.items()
            },
        }
    return found


def _timed(system, some) -> tuple[np.ndarray, dict[str, float]]:
    start = time.process_time()
    described = system.describe(some.images) if system.describe else some.images
    between = time.process_time()
    distances = system.compare(described, some.pairs)
    end = time.process_time()
    return np.asarray(distances), {
        "image_ms": 1e3 * (between - start) / len(some.images),
        "pair_ms": 1e3 * (end - between) / len(some.pairs),
    }


def _shares(copies: np.ndarray, others: np.ndarray) -> Sequence[float]:
    """Of equal distances the negatives come first."""
    edges = np.sort(others)[[int(rate * len(others)) for rate in RATES]]
    return [float((copies < edge).mean()) for edge in edges]
