"""Calibrations from validation pairs, which neither the network nor the test has seen."""

import numpy as np

from imgforensics.data import blots
from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import crossed, hard_pairs, proposals
from imgforensics.evaluation.hard_pairs import Fitted, Stratum
from imgforensics.evaluation.proposals import Proposed
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.metrics import ranking as scoring
from imgforensics.testsets import build, pair_sets
from imgforensics.verification import calibration, verified
from imgforensics.verification.calibration import SAME, SCREENING, Calibration, Point

# Copies are made in three ways; composite edits are none of them, and stay a test.
_RANGES = {"v01": ranges.v01, "v02": ranges.v02, "wide": ranges.wide}
_OF_A_LAYOUT = 3  # drawn blots
_SHARE_OF_BLOTS = 3  # one blot to so many micrographs that are copied
_COPY_OF_BLOT, _PROPOSED = "copy_of_blot", "proposed"  # kinds of pairs
_JUDGED = 99  # seed of the blots to measure on; those to fit to have others


def fit_verified(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    others: np.ndarray,
    size: int,
    negatives: int,
    rate: float,
    seed: int = 0,
) -> Calibration:
    """Fits the verified score, and measures the operating points of f and of it.

    It is fitted to pairs of micrographs, also to those that f proposes among crops of many others,
    and to pairs of drawn blots, of which different ones share the layout.
    The false positives of the verified score are measured on other pairs, see `hard_pairs`, its
    true positives on the copies of micrographs that its ten coefficients are fitted to; those of f
    on all pairs of an image and a copy, manipulated as in training.

    Args:
        model: whose f it is.
        micrographs: where the images come from.
        indices: int [k], the validation split.
        others: int [l], of other source images, for the crops that f proposes; the training split.
        size: copies, made in each of three ways.
        negatives: pairs of different images of each kind, with each of the three ways, and so many
            more of each kind to measure on.
        rate: of false positives of the screening points, among random pairs; see
            `hard_pairs.strict_threshold`.
        seed: of all draws.

    Raises:
        UserError: too few images.
    """
    library = proposals.library(model, micrographs, others)
    numbers, kind = _to_fit(model, micrographs, indices, library, size, negatives, seed)
    intercept, coefficients = calibration.fit(numbers, np.isin(kind, ("copy", _COPY_OF_BLOT)))
    fitted = Fitted(intercept, np.array([coefficients[name] for name in calibration.NUMBERS]))
    hard = _hard(model, micrographs, indices, library, negatives, seed)
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


def _to_fit(
    model, micrographs, indices, library, size, negatives, seed
) -> tuple[np.ndarray, np.ndarray]:
    """`calibration.numbers` of micrographs and of blots, float [n, 10], and the kinds of pairs."""
    rows, kinds = [], []
    for number, (name, config) in enumerate(_RANGES.items()):

        def copies(images, draw, config=config):
            return build.manipulated_copies(images, config(), draw)

        drawn = _blots(size // _SHARE_OF_BLOTS, number)
        of_blots = {"copy": _COPY_OF_BLOT, "same_class": "same_layout"}
        for of_these, chosen, named in (
            (micrographs, indices, {kind: kind for kind in pair_sets.KINDS}),
            (drawn, np.arange(len(drawn)), of_blots),
        ):
            made = pair_sets.of_micrographs(
                name,
                micrographs=of_these,
                indices=chosen,
                make=copies,
                size=size,
                negatives=negatives,
                seed=seed,
            )
            wanted = np.isin(made.kind, list(named))
            f = verified.distances(model, made.images, made.pairs[wanted])
            rows += _numbers(made.images, made.pairs[wanted], f)
            kinds += [named[kind] for kind in made.kind[wanted]]
            if of_these is micrographs:
                some = _proposed(model, library, made, negatives, seed)
                rows += _numbers(some.images, some.pairs, some.f)
                kinds += [_PROPOSED] * len(some.pairs)
    return np.array(rows), np.array(kinds)


def _numbers(images, pairs, f) -> list[np.ndarray]:
    return [calibration.numbers(*both) for both in zip(verified.gather(images, pairs), f)]


def _proposed(model, library, made, most, seed) -> Proposed:
    """Some of the crops of a library that are nearest to the copies of a set."""
    copies = made.images[len(made.images) // 2 :]
    rng = np.random.default_rng(seed)
    return proposals.sample(model, library, copies, hard_pairs.NEAREST, most, rng)


def _blots(count: int, seed: int) -> Micrographs:
    """About so many drawn blots."""
    layouts = max(2, -(-count // _OF_A_LAYOUT))
    return blots.of_layouts(layouts, _OF_A_LAYOUT, seed)


def _hard(model, micrographs, indices, library, each, seed) -> dict[str, list[Stratum]]:
    drawn = _blots(each, _JUDGED)
    hard = hard_pairs.sample(model, micrographs, indices, each, seed + 1)
    of_layouts = hard_pairs.sample(
        model, drawn, np.arange(len(drawn)), each, seed + 1, kinds=("same_class",)
    )
    proposed = hard_pairs.proposed(model, micrographs, indices, library, each, seed + 1)
    return hard | {_PROPOSED: proposed, "same_layout": of_layouts["same_class"]}


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
