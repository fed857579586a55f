"""What scores tell about copies and others: curves, rates, and the false pairs to be expected.

A score is f (equation 1 of the paper), small for copies. A threshold t takes a pair for a copy
where f <= t, as likelihood >= 1/2 does with t = 1. Everything is computed from how many pairs there
are between each two thresholds, which is exact for any number of pairs if the score of each
positive is a threshold. Among pairs without a threshold between them negatives come first, so
that ties never flatter.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.special

from imgforensics.metrics import intervals
from imgforensics.utils.errors import UserError

RATES = (1e-2, 1e-3, 1e-4)  # of false positives, for which the true positives are told
COLLECTIONS = (100, 1000, 10_000, 100_000)  # images, for which false pairs are told
_CURVE, _BAND = 200, 40  # points along either axis of a saved curve, and of its band


class Histogram(NamedTuple):
    """How many pairs have a score in (edges[b - 1], edges[b]], b = 0, ..., E.

    Attributes:
        edges: float [E], ascending, 1 among them.
        positive, negative: [..., E + 1], of copies and of others; whole numbers.
    """

    edges: np.ndarray
    positive: np.ndarray
    negative: np.ndarray


def histogram(positive: np.ndarray, negative: np.ndarray) -> Histogram:
    """The exact histogram of two lists of scores.

    Args:
        positive: float [P], f of copies.
        negative: float [N], f of others.

    Raises:
        UserError: scores are NaN or infinite; says how many.
    """
    positive, negative = np.asarray(positive), np.asarray(negative)
    check_finite(positive, "scores of copies")
    check_finite(negative, "scores of other pairs")
    edges = thresholds(positive)
    places = (np.searchsorted(edges, some, side="left") for some in (positive, negative))
    return Histogram(edges, *(np.bincount(place, minlength=len(edges) + 1) for place in places))


def thresholds(positive: np.ndarray) -> np.ndarray:
    """The thresholds that make a histogram exact: the scores of the positives, and 1."""
    positive = np.asarray(positive)
    return np.union1d(positive, np.asarray(1, positive.dtype))


def check_finite(numbers: np.ndarray, what: str) -> None:
    """Refuses arrays that hold NaN or infinite numbers.

    Raises:
        UserError: says how many of the rows do.
    """
    numbers = np.asarray(numbers)
    bad = ~np.isfinite(numbers).all(axis=tuple(range(1, numbers.ndim)))
    if bad.any():
        raise UserError(
            f"{bad.sum()} of {len(bad)} {what} are not finite numbers (the first is number "
            f"{np.argmax(bad)}): leave them out or find out where they come from"
        )


def auc(pairs: Histogram) -> np.ndarray:
    """Area under the ROC curve, [...]: the share of positives before negatives; NaN without any."""
    positive, negative, below = _floats(pairs)
    with np.errstate(invalid="ignore"):
        shares = 1 - below / negative.sum(-1, keepdims=True)
        return (positive * shares).sum(-1) / positive.sum(-1)


def average_precision(pairs: Histogram) -> np.ndarray:
    """Mean of the precision at each positive, [...]; NaN without positives."""
    positive, _, false = _floats(pairs)
    before = np.cumsum(positive, axis=-1) - positive + false
    # The k-th of p positives of a bin, after T true and F false ones, has the precision
    # (T + k) / (T + k + F), and these add up to p - F sum_k 1 / (T + F + k).
    with np.errstate(invalid="ignore"):
        return (positive - false * _harmonic(before, positive)).sum(-1) / positive.sum(-1)


def rates(pairs: Histogram, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """True- and false-positive rate, [...] each, at the first of the edges from a threshold on."""
    bins = np.searchsorted(pairs.edges, threshold) + 1
    with np.errstate(invalid="ignore"):
        return tuple(
            counts[..., :bins].sum(-1) / counts.sum(-1)
            for counts in (pairs.positive, pairs.negative)
        )


def accuracy(pairs: Histogram) -> np.ndarray:
    """Accuracy of f <= 1, [...], where copies and others are equally frequent."""
    true, false = rates(pairs, 1)
    return (true + 1 - false) / 2


def best_threshold(pairs: Histogram, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """The largest threshold with a false-positive rate of at most `rate`.

    Returns:
        The true-positive rate, [...], and the number of the edge, [...]; 0 and -1 where even the
        lowest edge lets more negatives pass, NaN and -1 without pairs.
    """
    positive, negative, below = _floats(pairs)
    allowed = below[..., :-1] <= rate * negative.sum(-1, keepdims=True) * (1 + 1e-12)
    number = allowed.sum(-1) - 1
    with np.errstate(invalid="ignore"):
        true = np.cumsum(positive, axis=-1) / positive.sum(-1, keepdims=True)
    found = np.take_along_axis(true, np.maximum(number, 0)[..., None], -1)[..., 0]
    return np.where(number >= 0, found, found * 0), np.where(negative.sum(-1) > 0, number, -1)


def false_pairs(rate: float, interval: Sequence[float], images: int) -> dict:
    """How many pairs of a collection of different images are taken for copies.

    Args:
        rate: of false positives.
        interval: of the rate.
        images: N, which make N (N - 1) / 2 pairs.
    """
    pairs = images * (images - 1) / 2
    return {
        "images": images,
        "expected": rate * pairs,
        "interval": [end * pairs for end in interval],
    }


def report(pairs: Histogram, replicates: Histogram) -> dict:
    """All that is told about a set of pairs.

    Args:
        pairs: [E + 1] each.
        replicates: [R, C + 1] each, of bootstrap replicates over source images, see `intervals`;
            their edges may be fewer.

    Returns:
        Plain values: the numbers of positives and negatives; accuracy, AUC and average precision
        with intervals; operating points with both rates and with the false pairs expected in
        collections; the ROC and precision-recall curve in some hundred exact points, and a band
        around it. Where a number can't be given it is None, and `why` says so.
    """
    positives, negatives = int(pairs.positive.sum()), int(pairs.negative.sum())
    record: dict = {"positives": positives, "negatives": negatives}
    points = [_operating_point(pairs, replicates, "f <= 1", 1.0)]
    if not (positives and negatives):
        missing = "copies" if negatives else "negative pairs"
        record |= {"accuracy": None, "why": f"there are no {missing} of this kind"}
        return record | {"operating_points": points, "curve": curve(pairs)}
    for name, interval, measure, decisions in (
        ("accuracy", "interval", accuracy, 2 * positives),
        ("auc", "auc_interval", auc, positives),
        ("average_precision", "average_precision_interval", average_precision, positives),
    ):
        record[name] = float(measure(pairs))
        record[interval] = intervals.of_replicates(measure(replicates), record[name], decisions)
    points += [_point_at_rate(pairs, replicates, rate) for rate in RATES]
    band = _band(pairs, replicates)
    return record | {"operating_points": points, "curve": curve(pairs), "band": band}


def curve(pairs: Histogram) -> dict:
    """The ROC and the precision-recall curve, or what there is of them.

    Args:
        pairs: [E + 1] each.

    Returns:
        Lists of equal length in ascending order: threshold (None at either end), true_positives
        and false_positives, whole numbers. Of the exact points those are kept that are about evenly
        spaced in either rate, or in the logarithm of the rate of false positives; the first and
        the last are (0, 0) and all. Between points both are at least those of the lower one.
    """
    counts = [
        np.concatenate([[0], np.cumsum(number, dtype=np.int64)])
        for number in (pairs.positive, pairs.negative)
    ]
    points = {0, len(pairs.edges) + 1}
    for number in counts:
        targets = np.linspace(0, number[-1], _CURVE)
        targets = np.union1d(targets, np.geomspace(1, max(number[-1], 1), _CURVE))
        points |= set(np.searchsorted(number[:-1], targets, side="right") - 1)
    kept = sorted(points)
    edges = [None, *map(float, pairs.edges), None]
    return {
        "threshold": [edges[point] for point in kept],
        "true_positives": counts[0][kept].tolist(),
        "false_positives": counts[1][kept].tolist(),
    }


def _operating_point(pairs, replicates, name, threshold):
    """Both rates at a threshold, as far as there are pairs."""
    shares, several = rates(pairs, threshold), rates(replicates, threshold)
    point = {"name": name, "threshold": float(threshold)}
    for which, counts, share, each in zip(("true", "false"), pairs[1:], shares, several):
        total = int(counts.sum())
        ends = intervals.of_replicates(each, float(share), total) if total else None
        point |= {
            f"{which}_positives": round(float(share) * total) if total else 0,
            f"{which}_positive_rate": float(share) if total else None,
            f"{which}_positive_interval": ends,
        }
    rate, ends = point["false_positive_rate"], point["false_positive_interval"]
    if rate is not None:
        point["false_pairs"] = [false_pairs(rate, ends, images) for images in COLLECTIONS]
    return point


def _point_at_rate(pairs, replicates, rate):
    """The operating point of a false-positive rate; each replicate has a threshold of its own."""
    name, negatives = f"false-positive rate {rate:g}", int(pairs.negative.sum())
    point = {"name": name, "threshold": None, "true_positive_rate": None}
    if negatives * rate < 1:
        return point | {"why": f"{negatives} negative pairs are fewer than {1 / rate:.0f}"}
    true, edge = best_threshold(pairs, rate)
    if edge >= 0:  # else more negatives are below the first copy, and no threshold will do
        point = _operating_point(pairs, replicates, name, pairs.edges[edge])
    several, _ = best_threshold(replicates, rate)
    interval = intervals.of_replicates(several, float(true), int(pairs.positive.sum()))
    return point | {"true_positive_rate": float(true), "true_positive_interval": interval}


def _band(pairs, replicates):
    """Intervals of the true-positive rate along the ROC curve."""
    false = np.geomspace(1 / pairs.negative.sum(), 1, _BAND)
    true = [float(best_threshold(pairs, rate)[0]) for rate in false]
    positives = int(pairs.positive.sum())
    ends = [
        intervals.of_replicates(best_threshold(replicates, rate)[0], share, positives)
        for rate, share in zip(false, true)
    ]
    return {
        "false_positive_rate": false.tolist(),
        "true_positive_rate": true,
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
    }


def _floats(pairs):
    """Positives, negatives, and the negatives up to the end of each bin, as float64."""
    positive, negative = (np.asarray(part, np.float64) for part in pairs[1:])
    return positive, negative, np.cumsum(negative, axis=-1)


def _harmonic(start, number):
    """sum 1 / (start + k), k = 1, ..., number, to full precision for large numbers, too."""
    # Differences of digamma cancel where the sum is nearly number / start; there the difference
    # of its asymptotic series is exact.
    end = start + number
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.log1p(number / start) + (1 / end - 1 / start) / 2
        far += (1 / start**2 - 1 / end**2) / 12
    near = scipy.special.digamma(end + 1) - scipy.special.digamma(start + 1)
    return np.where(start > 1e4, far, near)
