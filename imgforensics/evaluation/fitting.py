"""Calibrations from validation pairs, which neither the network nor the test has seen."""

import numpy as np

from imgforensics.data import blots
from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import crossed, hard_pairs
from imgforensics.evaluation.hard_pairs import Fitted, Stratum
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.metrics import ranking as scoring
from imgforensics.testsets import build, pair_sets
from imgforensics.verification import calibration, verified
from imgforensics.verification.calibration import SAME, SCREENING, Calibration, Point

# Copies are made in three ways; composite edits are none of them, and stay a test.
_RANGES = {"v01": ranges.v01, "v02": ranges.v02, "wide": ranges.wide}
_OF_A_LAYOUT = 4  # drawn blots
_SHARE_OF_BLOTS = 4  # one copy of a blot to so many of micrographs
_FITTED, _JUDGED = 1, 2  # seeds of the blots that the score is fitted to, and of others


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

    It is fitted to pairs of micrographs and of drawn blots, whose different pairs share the layout.
    The false positives of the verified score are measured on other pairs, see `hard_pairs`, its
    true positives on the copies of micrographs that its nine coefficients are fitted to; those of f
    on all pairs of an image and a copy, manipulated as in training.

    Args:
        model: whose f it is.
        micrographs: where the images come from.
        indices: int [k], the validation split.
        size: copies, made in each of three ways.
        negatives: pairs of different images of each kind, with each of the three ways, and so many
            more of each kind to measure on.
        rate: of false positives of the screening points, among random pairs; see
            `hard_pairs.strict_threshold`.
        seed: of all draws.

    Raises:
        UserError: too few images.
    """
    drawn = _blots(negatives, _FITTED)
    rows, kinds = [], []
    for name, config in _RANGES.items():
        for of_these, chosen, copies in (
            (micrographs, indices, size),
            (drawn, np.arange(len(drawn)), max(size // _SHARE_OF_BLOTS, 2 * _OF_A_LAYOUT)),
        ):
            pairs = pair_sets.of_micrographs(
                name,
                micrographs=of_these,
                indices=chosen,
                make=lambda images, draw, config=config: build.manipulated_copies(
                    images, config(), draw
                ),
                size=copies,
                negatives=negatives,
                seed=seed,
            )
            wanted = np.ones(len(pairs.kind), bool)
            kind = pairs.kind
            if of_these is drawn:
                wanted = np.isin(kind, ("copy", "same_class"))
                kind = np.where(kind == "copy", "copy_of_blot", "same_layout")
            f = verified.distances(model, pairs.images, pairs.pairs[wanted])
            found = verified.gather(pairs.images, pairs.pairs[wanted])
            rows += [calibration.numbers(each, value) for each, value in zip(found, f)]
            kinds.append(kind[wanted])
    numbers, kind = np.array(rows), np.concatenate(kinds)
    intercept, coefficients = calibration.fit(numbers, np.isin(kind, ("copy", "copy_of_blot")))
    fitted = Fitted(intercept, np.array([coefficients[name] for name in calibration.NUMBERS]))
    hard = _hard(model, micrographs, indices, negatives, seed)
    copies = numbers[kind == "copy"]
    return Calibration(
        fingerprint=weights.fingerprint(model),
        intercept=intercept,
        coefficients=coefficients,
        f=_points_of_f(model, micrographs, indices, rate),
        verified=_points(fitted, copies, hard, rate),
        pairs={
            "copy": len(copies),
            **{kind: sum(len(part.f) for part in parts) for kind, parts in hard.items()},
        },
    )


def _blots(count: int, seed: int) -> Micrographs:
    """Enough drawn blots for so many pairs of one layout."""
    layouts = max(2, -(-count // _OF_A_LAYOUT))
    return blots.of_layouts(layouts, _OF_A_LAYOUT, seed)


def _hard(model, micrographs, indices, each, seed) -> dict[str, list[Stratum]]:
    drawn = _blots(each, _JUDGED)
    hard = hard_pairs.sample(model, micrographs, indices, each, seed + 1)
    of_layouts = hard_pairs.sample(
        model, drawn, np.arange(len(drawn)), each, seed + 1, kinds=("same_class",)
    )
    return hard | {"same_layout": of_layouts["same_class"]}


def _points(fitted, copies, hard, rate) -> dict[str, Point]:
    strict = hard_pairs.strict_threshold(hard, fitted, rate)
    scores = 1 - fitted.intercept - copies @ fitted.coefficients
    return {
        name: Point(
            threshold=threshold,
            false_positive_rate={
                kind: hard_pairs.rate(parts, fitted, threshold) for kind, parts in hard.items()
            },
            true_positive_rate=float((scores <= threshold).mean()),
            interval={
                kind: list(hard_pairs.interval(parts, fitted, threshold))
                for kind, parts in hard.items()
            },
        )
        for name, threshold in ((SAME, 1.0), (SCREENING, strict))
    }


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
