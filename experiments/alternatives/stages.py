"""What each stage of a screening lets pass, of copies and of the pairs that f proposes wrongly.

The hard negatives are images and their nearest neighbours by f in a library of overlapping crops,
which never share a source image with them. All of them go through the quick stages. The slow ones
look at a sample, in which those that pass the gate are far more frequent than among all: they are
what a slow stage is there for. Each pair of the sample stands for as many as its weight says.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from experiments.alternatives.systems import System
from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import proposals
from imgforensics.inference.weights import Model
from imgforensics.metrics import intervals

RATES = (0.01, 0.001)  # of hard negatives, that pass
_FEWEST = 3  # of the heaviest pairs have to be among those that pass


class Pairs(NamedTuple):
    """Pairs of one kind.

    Attributes:
        images: uint8 [n, side, side].
        pairs: int [m, 2], numbers of images.
        sources: [m], the source image of the first image of each pair.
        weights: float [m], how many pairs each stands for.
    """

    images: np.ndarray
    pairs: np.ndarray
    sources: np.ndarray
    weights: np.ndarray

    def some(self, rows: np.ndarray, weights: np.ndarray | None = None) -> "Pairs":
        """The pairs of these rows, maybe with other weights, and no images but theirs."""
        used, pairs = np.unique(self.pairs[rows], return_inverse=True)
        return Pairs(
            images=self.images[used],
            pairs=pairs.reshape(-1, 2),
            sources=self.sources[rows],
            weights=self.weights[rows] if weights is None else weights,
        )


def neighbours(
    model: Model, micrographs: Micrographs, queries: np.ndarray, library: np.ndarray, each: int
) -> np.ndarray:
    """The nearest neighbours of images by f among crops of other source images.

    Args:
        model: by whose f.
        micrographs: where the images come from.
        queries: int [q], those to find neighbours of; their central crops are taken.
        library: int [l], of other source images; each gives `proposals.CROPS` crops.
        each: neighbours of each query.

    Returns:
        int [q * each, 2], numbers in `queries`, and of crops of the library.
    """
    among = proposals.library(model, micrographs, library)
    centres = np.stack([proposals.centre(micrographs, number) for number in queries])
    found = proposals.propose(model, among, centres, each)[1].ravel()
    return np.stack([np.arange(len(queries)).repeat(each), found], axis=1)


def hard_negatives(
    micrographs: Micrographs, queries: np.ndarray, library: np.ndarray, found: np.ndarray
) -> Pairs:
    """The images of `neighbours`, which this found, as pairs."""
    used, second = np.unique(found[:, 1], return_inverse=True)
    first = [proposals.centre(micrographs, number) for number in queries]
    crops = [proposals.crop(micrographs, library, number) for number in used]
    return Pairs(
        images=np.stack([*first, *crops]),
        pairs=np.stack([found[:, 0], second.ravel() + len(queries)], axis=1),
        sources=micrographs.sources[queries][found[:, 0]],
        weights=np.ones(len(found)),
    )


def sample(passed: np.ndarray, each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws pairs of those that passed and of those that did not, and weighs them.

    Args:
        passed: bool [m].
        each: of how many pairs of either kind, at most; a smaller sample is part of a larger one.
        seed: of the draws.

    Returns:
        Rows, int [n], and how many pairs each stands for, float [n].
    """
    rows, weights = [], []
    for number, stratum in enumerate((passed, ~passed)):
        drawn = np.random.default_rng((seed, number)).permutation(np.flatnonzero(stratum))[:each]
        rows.append(drawn)
        weights.append(np.full(len(drawn), stratum.sum() / max(len(drawn), 1)))
    return np.concatenate(rows), np.concatenate(weights)


def share(distances: np.ndarray, pairs: Pairs, threshold: float) -> dict:
    """The share of pairs up to a threshold, and its bootstrap interval over source images."""
    passed = distances <= threshold
    value = float(np.average(passed, weights=pairs.weights))
    replicates = np.array([each @ passed / each.sum() for each in _drawn(pairs)])
    return {"share": value, "interval": intervals.of_replicates(replicates, value, len(passed))}


def found_at(
    copies: np.ndarray, of: Pairs, others: np.ndarray, hard: Pairs, rate: float
) -> dict | None:
    """The share of copies that are nearer than that share of hard negatives.

    Args:
        copies, others: float, distances of the pairs `of` and `hard`.
        rate: of hard negatives that pass.

    Returns:
        The share and its interval, a bootstrap over source images of both; None where one pair
        stands for too much of what may pass. Of equal distances the negatives come first.
    """
    if _FEWEST * hard.weights.max() > rate * hard.weights.sum():
        return None
    order = np.argsort(others, kind="stable")

    def nearer(weights):
        within = np.cumsum(weights[order])
        return copies < others[order][np.searchsorted(within, rate * within[-1], side="right")]

    now = nearer(hard.weights)
    pairs = zip(_drawn(of), _drawn(hard))
    replicates = [float(np.average(nearer(other), weights=one)) for one, other in pairs]
    value = float(now.mean())
    return {"share": value, "interval": intervals.of_replicates(replicates, value, len(copies))}


def _drawn(pairs) -> Iterator[np.ndarray]:
    """The weight of each pair, float [m], in one bootstrap replicate after the other."""
    group = intervals.groups(pairs.sources)
    for often in intervals.multiplicities(group.max() + 1):
        yield often[group] * pairs.weights


def speed(system: System, pairs: Pairs, seconds: float) -> dict[str, float]:
    """CPU milliseconds, over all threads, that an image and a pair take.

    Args:
        system: what to time.
        pairs: that it is timed on: the first few, and then more until both steps together took
            long enough.
        seconds: that are long enough.
    """
    for count in (4, 16, 64, 256, 1024, 4096):
        some = pairs.some(np.arange(min(count, len(pairs.pairs))))
        start = time.process_time()
        described = system.describe(some.images) if system.describe else some.images
        between = time.process_time()
        system.compare(described, some.pairs)
        end = time.process_time()
        # What is compiled or loaded at first is no cost of a pair.
        if count > 4 and (end - start > seconds or count >= len(pairs.pairs)):
            break
    return {
        "image_ms": 1e3 * (between - start) / len(some.images) if system.describe else 0.0,
        "pair_ms": 1e3 * (end - between) / len(some.pairs),
    }
