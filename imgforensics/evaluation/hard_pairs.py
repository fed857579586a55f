"""How often the verified score takes different images for copies, of 10⁵ pairs and more.

Evidence of so many pairs can't be gathered, but f of all of them can be computed. Pairs are put
into strata, the nearest by f apart from the rest, and evidence is gathered of some pairs of each.
The score is f's share added to the evidence's, so that the evidence of each pair that was looked at
stands for what any pair of its stratum might have:

    rate = mean over pairs of P(evidence of a pair of the stratum takes this f below the threshold)

which takes f and evidence for independent within a stratum. The strata of a kind weigh as many
pairs as there are in them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import proposals
from imgforensics.evaluation.proposals import Library
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.models import metric
from imgforensics.testsets import build
from imgforensics.verification import calibration, verified

NEAREST = 10  # pairs of each image with those of other source images that are closest to it
MOST = 600  # images, of which all pairs are taken
HARDER = 10  # times as many false positives may be among hard pairs as among random ones
_STRATA = {
    "random": ("nearest", "far"), "nearest": ("nearest",), "same_class": ("same_class",),
    "same_source": ("same_source",),
}  # fmt: skip
# Without fields of one source, which may really overlap.
_HARD = ("nearest", "proposed", "same_class", "same_layout")
_HALVINGS, _LOWEST = 40, -50.0  # of the threshold, and where it is looked for
_DRAWS = 1000  # of the bootstrap
_LEVELS = (2.5, 97.5)  # percentiles


class Fitted(NamedTuple):
    """The log odds of a copy, linear in `calibration.numbers`.

    Attributes:
        intercept: of the log odds.
        coefficients: float [10].
    """

    intercept: float
    coefficients: np.ndarray


class Stratum(NamedTuple):
    """Pairs of different images that are alike in how near they are.

    Attributes:
        f: float [n], of all pairs.
        numbers: float [m, 10], of some of them, see `calibration.numbers`.
    """

    f: np.ndarray
    numbers: np.ndarray

    def passing(self, fitted: Fitted, threshold: float) -> np.ndarray:
        """Of the pairs' f, the share that each evidence takes to the threshold; float [m]."""
        *of_evidence, of_f = fitted.coefficients
        shares = np.sort(of_f * calibration.limited(self.f))
        needed = 1 - threshold - fitted.intercept - self.numbers[:, :-1] @ of_evidence
        return 1 - np.searchsorted(shares, needed) / len(shares)


def sample(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    each: int,
    seed: int,
    kinds: Sequence[str] = tuple(_STRATA),
) -> dict[str, list[Stratum]]:
    """All pairs of an image and a manipulated copy (V02 ranges) of another, and evidence of some.

    Args:
        model: whose f it is.
        micrographs: where the images come from.
        indices: int [k], those to pair, at most `MOST` of them.
        each: of how many pairs of a stratum evidence is gathered, at most.
        seed: of all draws.
        kinds: of pairs. `random` are those of other source images, of which the `nearest` are some
            of each image, and `same_class` those of one class; then there is `same_source`.

    Returns:
        The strata of the kinds, as far as there are such pairs.
    """
    rng = np.random.default_rng(seed)
    indices = rng.permutation(indices)[:MOST]
    images = np.asarray(micrographs.images[indices])
    first, second = build.manipulated_copies(images, ranges.v02(), seed)
    rows, columns = (embed(model, some) for some in (first, second))
    f = np.asarray(metric.distance(model.metric, rows[:, None], columns[None]))
    classes, sources = micrographs.classes[indices], micrographs.sources[indices]
    of_one_class, of_one_source = (np.equal.outer(key, key) for key in (classes, sources))
    others = np.where(of_one_source, np.inf, f)
    last = min(NEAREST, len(f)) - 1
    nearest = others <= np.partition(others, last, axis=1)[:, last, None]
    masks = {
        "nearest": nearest & ~of_one_source,
        "far": ~nearest & ~of_one_source,
        "same_class": of_one_class & ~of_one_source,
        "same_source": of_one_source & ~np.eye(len(f), dtype=bool),
    }
    pixels, strata = np.concatenate([first, second]), {}
    for name in dict.fromkeys(name for kind in kinds for name in _STRATA[kind]):
        pairs = np.argwhere(masks[name])
        if len(pairs):
            some = rng.choice(len(pairs), min(each, len(pairs)), replace=False)
            found = verified.gather(pixels, pairs[some] + [0, len(first)])
            numbers = [calibration.numbers(*both) for both in zip(found, f[masks[name]][some])]
            strata[name] = Stratum(f[masks[name]], np.array(numbers))
    parts = {kind: [strata[name] for name in _STRATA[kind] if name in strata] for kind in kinds}
    return {kind: some for kind, some in parts.items() if some}


def proposed(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    library: Library,
    each: int,
    seed: int,
) -> list[Stratum]:
    """The `NEAREST` crops of a library to each manipulated copy (V02 ranges).

    Args:
        model, micrographs, indices, each, seed: as of `sample`.
        library: of other source images.
    """
    rng = np.random.default_rng(seed)
    indices = rng.permutation(indices)[:MOST]
    images = np.asarray(micrographs.images[indices])
    _, copies = build.manipulated_copies(images, ranges.v02(), seed)
    some = proposals.sample(model, library, copies, NEAREST, each, rng)
    found = verified.gather(some.images, some.pairs)
    numbers = [calibration.numbers(*both) for both in zip(found, some.f)]
    return [Stratum(some.every, np.array(numbers))]


def rate(strata: list[Stratum], fitted: Fitted, threshold: float) -> float:
    """The share of a kind's pairs that score at most the threshold."""
    shares = [part.passing(fitted, threshold).mean() for part in strata]
    return float(np.average(shares, weights=[len(part.f) for part in strata]))


def interval(strata: list[Stratum], fitted: Fitted, threshold: float) -> tuple[float, float]:
    """95 % interval of `rate`, a bootstrap of the evidence in each stratum."""
    rng, total = np.random.default_rng(0), np.zeros(_DRAWS)
    for part in strata:
        passing = part.passing(fitted, threshold)
        drawn = rng.integers(len(passing), size=(_DRAWS, len(passing)))
        total += passing[drawn].mean(1) * len(part.f)
    low, high = np.percentile(total / sum(len(part.f) for part in strata), _LEVELS)
    return float(low), float(high)


def strict_threshold(kinds: dict[str, list[Stratum]], fitted: Fitted, most: float) -> float:
    """The largest threshold up to 1 with so small a rate.

    Args:
        kinds: of different images, `random` among them.
        fitted: by what they are scored.
        most: rate among random pairs; among hard ones it may be `HARDER` times as large.
    """
    allowed = {"random": most, **{kind: HARDER * most for kind in _HARD if kind in kinds}}

    def holds(threshold):
        return all(rate(kinds[kind], fitted, threshold) <= r for kind, r in allowed.items())

    low, high = _LOWEST, 1.0
    if holds(high):
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
