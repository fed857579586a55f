"""The synthetic protocol with all pairs: every anchor of a split against every manipulated copy.

N images give N pairs of copies, and N (N - 1) of others. How hard these are depends on what two
images have in common, so that they are judged apart: all, as the paper draws them at random;
those of one class; those of one source image, which share stain, noise and background.
"""

import hashlib
from collections import Counter
from typing import NamedTuple

import jax
import numpy as np
import tqdm

from imgforensics.data.micrographs import Micrographs
from imgforensics.inference import all_pairs
from imgforensics.inference.embed import SCORING, embed
from imgforensics.inference.weights import Model
from imgforensics.metrics import intervals, ranking, reliability
from imgforensics.models.interface import ANCHOR
from imgforensics.models.metric import Metric
from imgforensics.testsets import triplet_sets
from imgforensics.utils.errors import UserError

_CROSSED, _DISTRACTORS = 2**31 + 2, 2**31 + 3  # folded into a run's seed, as in `synthetic`

# Of the kinds of pairs, which are: copies, of one source, of one class, and others.
_NEGATIVES = {"random": [1, 2, 3], "same_class": [2], "same_source": [1]}


class Crossed(NamedTuple):
    """The embeddings of a split's anchors and copies, and what tells how images are related.

    Attributes:
        first: float32 [N, D], of the anchors.
        seconds: float32 [N, D] for each branch of `SCORING`, of the copies.
        classes, sources: str [N].
        equal: how many of the N (N - 1) negative pairs are of images with equal pixels.
    """

    first: np.ndarray
    seconds: list[np.ndarray]
    classes: np.ndarray
    sources: np.ndarray
    equal: int


def embed_split(
    model: Model, micrographs: Micrographs, indices: np.ndarray, scoring: str = "v01"
) -> Crossed:
    """Embeds the anchor and a manipulated copy of each image of a split, with running moments.

    Args:
        model: what is judged; its config says how images are manipulated.
        micrographs: where the images come from.
        indices: int [N], the split of `micrographs`.
        scoring: 'v01' or 'v02', see `embed.SCORING`.

    Raises:
        UserError: the split has fewer than two images.
    """
    if len(indices) < 2:
        raise UserError(f"{len(indices)} image(s) can't make a pair: give more images")
    images = micrographs.images[indices]
    first, *seconds = _embed(model, images, scoring, _CROSSED, "all pairs", anchors=True)
    same = Counter(hashlib.sha256(np.asarray(image).tobytes()).digest() for image in images)
    return Crossed(
        first=first,
        seconds=seconds,
        classes=micrographs.classes[indices],
        sources=micrographs.sources[indices],
        equal=sum(number * (number - 1) for number in same.values()),
    )


def embed_distractors(
    model: Model, micrographs: Micrographs, scoring: str = "v01"
) -> list[np.ndarray]:
    """Embeds a manipulated copy of each image, as float32 [M, D] for each branch of `SCORING`."""
    return _embed(model, micrographs.images, scoring, _DISTRACTORS, "distractors", anchors=False)


def histograms(forensic: Metric, crossed: Crossed) -> dict[str, ranking.Histogram]:
    """Exact counts of copies and of each kind of negatives that there are, by f.

    Args:
        forensic: the metric.
        crossed: from `embed_split`.
    """
    edges = ranking.thresholds(all_pairs.scores(forensic, crossed.first, crossed.seconds))
    counts = all_pairs.count(_layout(forensic, crossed), edges, bootstrap=False)
    negatives = {name: counts.pairs[kinds].sum(0) for name, kinds in _NEGATIVES.items()}
    return {
        name: ranking.Histogram(counts.edges, counts.pairs[0], counted)
        for name, counted in negatives.items()
        if counted.any()
    }


def _layout(forensic, crossed):
    keys = np.arange(len(crossed.first)), crossed.sources, crossed.classes
    return all_pairs.arrange(
        forensic, crossed.first, seconds=crossed.seconds, keys=keys, units=crossed.sources
    )


def protocol(forensic: Metric, crossed: Crossed) -> dict:
    """Judges copies against each kind of negative pairs, with bootstraps over source images.

    Args:
        forensic: the metric.
        crossed: from `embed_split`.

    Returns:
        Plain values: how many images and sources; for the negatives `random`, `same_class` (and not
        of one source) and `same_source` what `ranking.report` and `reliability.report` tell. The
        numbers are exact; bootstraps use 512 of the thresholds where there are more.
    """
    layout = _layout(forensic, crossed)
    edges = ranking.thresholds(all_pairs.scores(forensic, crossed.first, crossed.seconds))
    resampled = counts = all_pairs.count(layout, all_pairs.some(edges), bootstrap=True)
    if len(resampled.edges) < len(edges):
        counts = all_pairs.count(layout, edges, bootstrap=False)
    numbers, sums = all_pairs.likelihoods(layout)
    record: dict = {
        "images": len(crossed.first),
        "sources": len(set(crossed.sources)),
        "groups": int(intervals.groups(crossed.sources).max()) + 1,
        "of_equal_pixels": crossed.equal,
    }
    for name, kinds in _NEGATIVES.items():
        record[name] = ranking.report(
            ranking.Histogram(counts.edges, counts.pairs[0], counts.pairs[kinds].sum(0)),
            ranking.Histogram(
                resampled.edges,
                resampled.replicates[:, 0],
                resampled.replicates[:, kinds].sum(1),
            ),
        )
        if record[name]["negatives"]:
            others = numbers[kinds].sum(0), sums[kinds].sum(0)
            record[name]["reliability"] = reliability.report((numbers[0], sums[0]), others)
    return record


def _embed(model, images, scoring, stream, title, anchors):
    """Embeddings of the anchors (if wanted) and, for each branch, of the copies."""
    key = jax.random.fold_in(jax.random.key(model.config.seed), stream)
    branches = [(0, ANCHOR)] * anchors + [(1, branch) for branch in SCORING[scoring]]
    parts = [[] for _ in branches]
    with tqdm.tqdm(desc=title, total=len(images), unit=" images") as shown:
        for made in triplet_sets.copies(key, images, model.config.manipulations):
            for part, (which, branch) in zip(parts, branches):
                part.append(embed(model, made[which], branch))
            shown.update(len(made[0]))
    return [np.concatenate(part) for part in parts]
