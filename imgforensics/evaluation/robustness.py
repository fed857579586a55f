"""How well copies are still found, the stronger a single manipulation is.

Every image of a set gives an anchor, its crop, and for each manipulation and strength one copy.
Anchors are embedded by the moments of the anchor's branch, copies by those of the same branch, as
in the synthetic protocol. At each strength there are N pairs of an anchor and its own copy, and
N (N - 1) of an anchor and the copy of another image, which is manipulated as much.

The accuracy is that of f <= 1, with both kinds of pairs equally frequent. Besides, one threshold is
set for all manipulations and strengths, on the N (N - 1) pairs of an anchor and the plain crop of
another image: the largest that at most 1 % of these pairs reach. The true-positive rate
is the share of copies with an f of at most this threshold. Intervals are bootstraps
over source images and take the threshold as given.
"""

import os
from collections.abc import Sequence

import numpy as np
import tqdm

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.evaluation import results
from imgforensics.inference import all_pairs
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.manipulations.crop import central_crop
from imgforensics.metrics import intervals, ranking
from imgforensics.models.interface import ANCHOR, SAME
from imgforensics.models.metric import Metric
from imgforensics.testsets import single, strengths
from imgforensics.utils.errors import UserError

_EDGES = 512  # thresholds that are counted at once


def check(model: Model, names: Sequence[str] | None = None) -> list[str]:
    """Refuses what can't be measured, before any long work.

    Args:
        model: what is to be judged.
        names: of `strengths.MANIPULATIONS`; by default all.

    Returns:
        The names.

    Raises:
        UserError: an unknown name, or a network for whose input the micrographs are too small.
    """
    names = list(strengths.MANIPULATIONS) if names is None else list(names)
    for name in names:
        if name not in strengths.MANIPULATIONS:
            known = ", ".join(strengths.MANIPULATIONS)
            raise UserError(f"there is no manipulation {name!r}: choose of {known}")
    side = model.config.manipulations.output_size
    if "crop overlap" in names and 2 * side > SIDE:
        raise UserError(
            f"crop overlap needs two windows of {side} pixels beside each other in {SIDE}: leave "
            "it out with --manipulations"
        )
    return names


def measure(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    names: Sequence[str] | None = None,
) -> dict:
    """Judges copies by single manipulations of increasing strength.

    Args:
        model: what is judged; its config says at which strengths it was trained.
        micrographs: where the images come from.
        indices: int [N], which of them.
        names: of `strengths.MANIPULATIONS`; by default all.

    Returns:
        Plain values: how many images and sources; the `rate` of false positives and the `threshold`
        for it, which is None where there are too few pairs; the point of the `plain` crops; and of
        each of the `manipulations` the unit, the neutral strength, what it was trained on, and
        `points`, one for each strength. A point has the `accuracy` of f <= 1 and its interval,
        the rates of true and of false positives at 1, the `true_positive_rate` at the threshold
        with its interval, and the `false_positive_rate` there, of others that are manipulated as
        much; the latter three are None without a threshold.

    Raises:
        UserError: there are fewer than two images, or as from `check`.
    """
    names = check(model, names)
    if len(indices) < 2:
        raise UserError(f"{len(indices)} image(s) can't make a pair: give more images")
    images, sources = np.asarray(micrographs.images[indices]), micrographs.sources[indices]
    anchors = _cut(model, images, central_crop, ANCHOR)
    plain = _cut(model, images, central_crop, SAME)
    threshold = None
    if len(images) * (len(images) - 1) * single.RATE >= 1:
        threshold = threshold_at(model.metric, anchors, plain, single.RATE)
    record = {
        "images": len(images),
        "sources": len(set(sources)),
        "rate": single.RATE,
        "threshold": threshold,
        "plain": _point(model.metric, anchors, plain, sources, threshold),
        "manipulations": [],
    }
    total = sum(len(strengths.MANIPULATIONS[name].strengths) for name in names)
    with tqdm.tqdm(desc="copies", total=total * len(images), unit=" images") as shown:
        for name in names:
            manipulation, points = strengths.MANIPULATIONS[name], []
            compared = anchors
            if manipulation.anchor is not central_crop:
                compared = _cut(model, images, manipulation.anchor, ANCHOR)
            for strength in manipulation.strengths:
                copies = embed(model, single.make(name, images, strength, model.config), SAME)
                point = _point(model.metric, compared, copies, sources, threshold)
                points.append({"strength": float(strength), **point})
                shown.update(len(images))
            record["manipulations"].append(_about(name, model) | {"points": points})
    return record


def threshold_at(forensic: Metric, first: np.ndarray, second: np.ndarray, rate: float) -> float:
    """The largest threshold that at most a share of the pairs of different images don't exceed.

    It is narrowed down between counts of all pairs, so that none of these have to be kept.

    Args:
        forensic: the metric.
        first, second: float [N, D]; those of one number are no pair here.
        rate: the share.

    Returns:
        The threshold, to about the precision of float32.
    """
    numbers = np.arange(len(first))
    layout = all_pairs.arrange(forensic, first, seconds=[second], keys=[numbers], units=numbers)
    allowed = rate * len(first) * (len(first) - 1)
    others = all_pairs.scores(forensic, first, [np.roll(second, 1, axis=0)])
    least = all_pairs.count(layout, np.zeros(1), bootstrap=False).minima.min()
    low = float(np.nextafter(least, np.float32(-np.inf)))  # where no pair is taken for a copy
    high = float(others.max())
    while True:
        edges = np.unique(np.linspace(low, high, _EDGES, dtype=np.float32))
        pairs = all_pairs.count(layout, edges, bootstrap=False).pairs[1]
        last = int(np.flatnonzero(np.cumsum(pairs)[:-1] <= allowed)[-1])
        if last + 1 == len(edges):  # the others were all among the closest pairs
            low, high = float(edges[-1]), float(edges[-1]) + (high - low)
        elif len(edges) < _EDGES:  # all numbers that there are
            return float(edges[last])
        else:
            low, high = float(edges[last]), float(edges[last + 1])


def breaks(
    manipulation: dict, plain: dict, measure: str, chance: float
) -> tuple[float | None, float | None]:
    """Where a measure has fallen at least half-way from that of plain crops to chance.

    Args:
        manipulation: one of the record's `manipulations`.
        plain: of the record; its measure is above chance.
        measure: 'accuracy' or 'true_positive_rate'.
        chance: what it is by chance.

    Returns:
        The strengths nearest to the neutral one (or to the first, if none is) at which this is so:
        one that is shown before it and one from it on; None where there is none.
    """
    order = [point["strength"] for point in manipulation["points"]]
    limit = (plain[measure] + chance) / 2
    broken = [point[measure] <= limit for point in manipulation["points"]]
    neutral = 0 if manipulation["neutral"] is None else order.index(manipulation["neutral"])
    before = [order[i] for i in range(neutral - 1, -1, -1) if broken[i]]
    behind = [order[i] for i in range(neutral, len(order)) if broken[i]]
    return (before[0] if before else None), (behind[0] if behind else None)


def read(path: str | os.PathLike) -> dict:
    """Reads a record that `imgforensics robustness` wrote.

    Raises:
        UserError: the file is missing, or is another one.
    """
    record = results.read(path)
    if "robustness" not in record:
        raise UserError(
            f"{path} holds no robustness: name a file that `imgforensics robustness` wrote"
        )
    return record


def _cut(model, images, cut, branch):
    """Embeds a crop of each image."""
    side = model.config.manipulations.output_size
    return embed(model, (np.asarray(cut(image, side)) for image in images), branch)


def _about(name, model):
    """What a record tells of a manipulation."""
    manipulation = strengths.MANIPULATIONS[name]
    trained = manipulation.trained(model.config.manipulations)
    return {
        "name": name,
        "unit": manipulation.unit,
        "logarithmic": manipulation.logarithmic,
        "neutral": manipulation.neutral,
        "trained": trained and [float(end) for end in trained],
    }


def _point(forensic, anchors, copies, sources, threshold):
    """Both measures of copies of one strength, see `measure`."""
    layout = all_pairs.arrange(
        forensic, anchors, seconds=[copies], keys=[np.arange(len(anchors))], units=sources
    )
    edges = np.unique(np.float32([1] if threshold is None else [1, threshold]))
    counts = all_pairs.count(layout, edges, bootstrap=True)
    pairs = ranking.Histogram(edges, *counts.pairs)
    replicates = ranking.Histogram(edges, *counts.replicates.swapaxes(0, 1))
    true, false = map(float, ranking.rates(pairs, 1))
    point = {
        "accuracy": float(ranking.accuracy(pairs)),
        "accuracy_interval": _accuracy_interval(pairs, replicates),
        "true_positive_rate_at_1": true,
        "false_positive_rate_at_1": false,
        "true_positive_rate": None,
        "true_positive_interval": None,
        "false_positive_rate": None,
    }
    if threshold is not None:
        true, false = map(float, ranking.rates(pairs, threshold))
        several, _ = ranking.rates(replicates, threshold)
        interval = intervals.of_replicates(several, true, len(anchors))
        point |= {
            "true_positive_rate": true,
            "true_positive_interval": interval,
            "false_positive_rate": false,
        }
    return point


def _accuracy_interval(pairs, replicates):
    """Percentiles of the replicates, or if they are all the same, what both rates allow."""
    several = ranking.accuracy(replicates)
    if several.min() < several.max():
        return intervals.of_replicates(several, float(ranking.accuracy(pairs)), 1)
    (true_low, true_high), (false_low, false_high) = (
        intervals.wilson(float(rate) * counts.sum(), int(counts.sum()))
        for rate, counts in zip(ranking.rates(pairs, 1), pairs[1:])
    )
    return (true_low + 1 - false_high) / 2, (true_high + 1 - false_low) / 2
