"""Calibrations from validation pairs, which neither the network nor the test has seen."""

import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import crossed
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.metrics import ranking as scoring
from imgforensics.testsets import build, pair_sets
from imgforensics.verification import calibration, verified
from imgforensics.verification.calibration import SAME, SCREENING, Calibration, Point

# Copies are made in three ways; composite edits are none of them, and stay a test.
_RANGES = {"v01": ranges.v01, "v02": ranges.v02, "wide": ranges.wide}


def fit_verified(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    size: int,
    negatives: int,
    rate: float,
    seed: int = 0,
) -> Calibration:
    """Fits the verified score, and measures the operating points of f and of it.

    Those of f are measured on all pairs of an image and a copy, manipulated as in training; those
    of the verified score on the pairs that its eight coefficients are fitted to.

    Args:
        model: whose f it is.
        micrographs: where the images come from.
        indices: int [k], the validation split.
        size: copies, made in each of three ways.
        negatives: pairs of different images of each kind, with each of the three ways.
        rate: of false positives of the screening points, among random pairs.
        seed: of all draws.

    Raises:
        UserError: too few images.
    """
    rows, of_kinds = [], []
    for name, config in _RANGES.items():

        def copies(images, draw, config=config):
            return build.manipulated_copies(images, config(), draw)

        drawn = pair_sets.of_micrographs(
            name,
            micrographs=micrographs,
            indices=indices,
            make=copies,
            size=size,
            negatives=negatives,
            seed=seed,
        )
        f = verified.distances(model, drawn.images, drawn.pairs)
        found = verified.gather(drawn.images, drawn.pairs)
        rows += [calibration.numbers(each, value) for each, value in zip(found, f)]
        of_kinds.append(drawn.kind)
    numbers, kinds = np.array(rows), np.concatenate(of_kinds)
    intercept, coefficients = calibration.fit(numbers, kinds == "copy")
    weighted = numbers @ np.array([coefficients[name] for name in calibration.NUMBERS])
    scores = 1 - intercept - weighted
    counted = dict(zip(*(part.tolist() for part in np.unique(kinds, return_counts=True))))
    return Calibration(
        fingerprint=weights.fingerprint(model),
        intercept=intercept,
        coefficients=coefficients,
        f=_points_of_f(model, micrographs, indices, rate),
        verified=calibration.points(scores, kinds, rate),
        pairs=counted,
    )


def _points_of_f(model, micrographs, indices, rate) -> dict[str, Point]:
    embedded = crossed.embed_split(model, micrographs, indices)
    counts = crossed.histograms(model.metric, embedded)
    _, edge = scoring.best_threshold(counts["random"], rate)
    # No edge where even the closest copy is farther than so many different images.
    strict = min(1.0, float(counts["random"].edges[edge])) if edge >= 0 else 0.0
    return {
        name: Point(
            threshold=threshold,
            false_positive_rate={
                kind: float(scoring.rates(of_kind, threshold)[1])
                for kind, of_kind in counts.items()
                if of_kind.negative.sum()
            },
            true_positive_rate=float(scoring.rates(counts["random"], threshold)[0]),
        )
        for name, threshold in ((SAME, 1.0), (SCREENING, strict))
    }
