"""Pairs whose copies are made by one manipulation each, at every strength of `strengths`.

Where `robustness` judges a network on all pairs there are, this makes a set for anything that tells
copies from others. Negatives are plain crops, so that one threshold holds for all strengths.
"""

import ml_collections
import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import robustness
from imgforensics.manipulations import ranges
from imgforensics.manipulations.crop import central_crop
from imgforensics.metrics import intervals
from imgforensics.testsets import pair_sets, strengths
from imgforensics.testsets.pair_sets import KINDS, NEGATIVES, SIDE, PairSet

RATE = robustness.RATE


def build(
    name: str, micrographs: Micrographs, indices: np.ndarray, size: int, negatives: int, seed: int
) -> PairSet:
    """A set whose copies are those of `strengths.MANIPULATIONS`, each of all its anchors.

    What a strength leaves open is drawn from the ranges of version V01.

    Args:
        name: of the set.
        micrographs: where the images come from.
        indices: int [k], those to choose from.
        size: how many micrographs to choose, at most k.
        negatives: how many pairs of plain crops, of each kind, at most.
        seed: of all draws.

    Returns:
        The set; its groups are a manipulation and a strength, like 'rotation 10'.

    Raises:
        UserError: the micrographs are of fewer than two source images.
    """
    rng = np.random.default_rng(seed)
    chosen = pair_sets.choose(name, micrographs, indices, size, rng)
    images, number = np.asarray(micrographs.images[chosen]), np.arange(len(chosen))
    config = ml_collections.ConfigDict({"seed": seed, "manipulations": ranges.v01()})
    cuts = central_crop, strengths.corner
    made = [np.stack([cut(image, SIDE) for image in images]) for cut in cuts]
    pairs, groups = [], []
    for manipulation, about in strengths.MANIPULATIONS.items():
        for strength in about.strengths:
            anchors, copies = cuts.index(about.anchor) * len(images), len(made) * len(images)
            pairs.append(np.stack([anchors + number, copies + number], axis=1))
            groups += [f"{manipulation} {strength:g}"] * len(images)
            made.append(np.stack(list(robustness.make(manipulation, images, strength, config))))
    counts = [len(groups)]
    for some in pair_sets.others(micrographs, chosen, negatives, rng):
        pairs.append(some)
        counts.append(len(some))
    return PairSet(
        name=name,
        images=pair_sets.to_uint8(np.concatenate(made)),
        pairs=np.concatenate(pairs),
        is_copy=np.repeat(np.array(KINDS) == "copy", counts),
        kind=np.repeat(KINDS, counts),
        sources=np.tile(micrographs.sources[chosen], len(made)),
        group=np.array(groups + [""] * sum(counts[1:])),
    )


def shares(distances: np.ndarray, pairs: PairSet, weights: np.ndarray) -> dict:
    """How many copies of each group are found, at one threshold for all.

    It is the largest with at most 1 % of the random negatives below it.

    Args:
        distances: float [m].
        pairs: the set, with groups.
        weights: float [R, m], of the pairs in bootstrap replicates over source images, which take
            the threshold as given.

    Returns:
        For each manipulation a list of its points in order: `strength`, `share` of copies below the
        threshold, and its `interval`. Nothing if there are fewer than a hundred negatives. Plain
        values.
    """
    others = np.sort(distances[pairs.kind == NEGATIVES[0]])
    if len(others) * RATE < 1:
        return {}
    found = distances < others[int(len(others) * RATE)]
    points = {}
    for group in dict.fromkeys(pairs.group[pairs.is_copy]):
        manipulation, _, strength = group.rpartition(" ")
        which = pairs.group == group
        share, several = float(found[which].mean()), weights[:, which]
        with np.errstate(invalid="ignore"):
            replicates = several @ found[which] / several.sum(1)
        points.setdefault(manipulation, []).append(
            {
                "strength": float(strength),
                "share": share,
                "interval": intervals.of_replicates(replicates, share, int(which.sum())),
            }
        )
    return points
