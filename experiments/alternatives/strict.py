"""What passes where three of a hundred thousand hard pairs may: it takes so many pairs to tell.

The hard pairs are five crops of each image of the test split, each with its nearest neighbours by f
among overlapping crops of other source images. All of them go through the gate, and the verified
score judges what passes.
"""

import functools
import pathlib
from collections.abc import Mapping

import numpy as np

from experiments.alternatives import stages, stages_run, systems
from experiments.alternatives.gate import gate_alone
from experiments.alternatives.stages import Pairs
from experiments.alternatives.systems import System
from imgforensics.data import blank
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.splits import Splits
from imgforensics.evaluation import proposals
from imgforensics.inference.weights import Model, fingerprint
from imgforensics.testsets.pair_sets import SIDE
from imgforensics.utils import atomic
from imgforensics.verification import calibration, verified

RATES = (1e-2, 1e-3, 1e-4, 3e-5)  # of hard pairs, that pass
_CORNERS = (
    (64, 64),
    (0, 0),
    (0, 128),
    (128, 0),
    (128, 128),
)  # upper left ones, of an image's crops
# Source images that show one field, in two data sets: the pairs of the most support were looked at.
_ONE_FIELD = (("1b24a4f308", "4fa852d210"),)
_OUT = np.finfo(np.float64).max  # the distance of what does not pass the gate


def measure(
    model: Model,
    micrographs: Micrographs,
    split: Splits,
    size: int,
    nearest: int,
    weights: str,
    folder: pathlib.Path,
) -> dict:
    """What a record tells of the gate, and of the verified score of what passes it.

    Args:
        model: by whose f the pairs are neighbours.
        micrographs, split: where the images come from.
        size: copies in each set, at most.
        nearest: neighbours of each crop.
        weights: path of the model's, beside which the fit of the verified score is.
        folder: keeps what was computed, and goes on from there.

    Raises:
        UserError: the verified score was not fitted to these weights.
    """
    fitted = calibration.load(calibration.beside(weights), fingerprint(model))
    library = np.concatenate([split.train, split.validation])
    hard = hard_pairs(model, micrographs, split.test, library, nearest, folder)
    copies = stages_run.draw_copies(micrographs, split, size)
    score = functools.partial(verified.verified, model, fitted)
    points = {name: point.threshold for name, point in fitted.verified.items()}
    system = systems.of_scorer("verified", score)
    found = run(copies, hard, gate_alone(), system, points, folder)
    sizes = {
        "hard": len(hard.pairs),
        "queries": len(np.unique(hard.pairs[:, 0])),
        "sources": len(set(hard.sources)),
        "nearest": nearest,
        "crops": proposals.CROPS * len(library),
    }
    return {"sizes": sizes, "systems": found}


def hard_pairs(
    model: Model,
    micrographs: Micrographs,
    queries: np.ndarray,
    library: np.ndarray,
    each: int,
    folder: pathlib.Path,
) -> Pairs:
    """Crops of images with their nearest neighbours by f among crops of other source images.

    Blank ones, which a screening never compares, make no pair, nor do source images that show one
    field.

    Args:
        model: by whose f.
        micrographs: where the images come from.
        queries: int [q], those whose crops neighbours are sought of.
        library: int [l], of other source images.
        each: neighbours of each crop.
        folder: keeps the neighbours, which are not sought again.
    """
    crops = np.stack([
        np.asarray(micrographs.images[number])[y : y + SIDE, x : x + SIDE]
        for number in queries
        for y, x in _CORNERS
    ])  # fmt: skip
    path = folder / "nearest_of_crops.npy"
    if not path.exists():
        among = proposals.library(model, micrographs, library)
        with atomic.writing(path, "wb") as file:
            np.save(file, proposals.propose(model, among, crops, each)[1])
    used, second = np.unique(np.load(path), return_inverse=True)
    first = np.arange(len(crops)).repeat(each)
    found = [proposals.crop(micrographs, library, number) for number in used]
    every = Pairs(
        images=np.concatenate([crops, np.stack(found)]),
        pairs=np.stack([first, second.ravel() + len(crops)], axis=1),
        sources=micrographs.sources[queries].repeat(len(_CORNERS))[first],
        weights=np.ones(len(first)),
    )
    empty = np.array([blank.is_blank(image) for image in every.images])
    others = micrographs.sources[library[used // proposals.CROPS]][second.ravel()]
    kept = ~empty[every.pairs].any(1)
    for one in _ONE_FIELD:
        kept &= ~(np.isin(every.sources, one) & np.isin(others, one))
    return every.some(np.flatnonzero(kept))


def run(
    copies: Mapping[str, Pairs],
    hard: Pairs,
    gate: System,
    verified: System,
    points: Mapping[str, float],
    folder: pathlib.Path,
) -> dict:
    """What passes the gate, and what of that the verified score takes for copies.

    Args:
        copies: sets of them, by name.
        hard: negatives.
        gate, verified: distances; the gate's has a threshold.
        points: thresholds of the verified score, by name.
        folder: keeps the distances of each set, which are not computed again.

    Returns:
        For the gate and for `verified` after it: what passes at each threshold, of copies and of
        hard pairs, and the share of copies that is found where so many hard pairs pass (`RATES`).
    """
    sets = {**copies, "hard": hard}
    gated = {name: _kept(folder / f"gate_{name}.npy", gate, some) for name, some in sets.items()}
    after = {}
    for name, some in sets.items():
        rows = np.flatnonzero(gated[name] <= gate.threshold)
        after[name] = np.full(len(some.pairs), _OUT)
        passed = some.some(rows)
        after[name][rows] = _kept(folder / f"verified_{name}.npy", verified, passed)
    return {
        "gate": _judge(sets, gated, {"passed": gate.threshold}),
        "verified": _judge(sets, after, points),
    }


def _kept(path: pathlib.Path, system: System, pairs: Pairs) -> np.ndarray:
    """Distances of pairs, which a file keeps."""
    if not path.exists():
        with atomic.writing(path, "wb") as file:
            np.save(file, np.asarray(system(pairs.images, pairs.pairs), np.float64))
    return np.load(path)


def _judge(sets, distances, points) -> dict:
    hard = sets["hard"]
    found = {"points": {}, "found": {}}
    for point, threshold in points.items():
        found["points"][point] = {"threshold": threshold} | {
            name: {"passed": int((distances[name] <= threshold).sum()), "pairs": len(some.pairs)}
            | stages.share(distances[name], some, threshold)
            for name, some in sets.items()
        }
    for name, some in sets.items():
        if name != "hard":
            found["found"][name] = {
                f"at {rate}": stages.found_at(distances[name], some, distances["hard"], hard, rate)
                for rate in RATES
            }
    return found
