"""Which verdicts images of one kind get: unlike ones that look alike, and copies."""

from collections import Counter

import cv2
import numpy as np

from imgforensics.data.real_cases import Cases
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.models import metric
from imgforensics.testsets import build
from imgforensics.testsets.pair_sets import SIDE
from imgforensics.verification import calibration, verdict, verified
from imgforensics.verification.calibration import Calibration

_SIZES, _CONTRASTS, _QUALITIES = (0.8, 1.25), (0.7, 1.4), (60, 90)  # of what is saved again


def count(model: Model, calibrated: Calibration, cases: Cases, most: int, seed: int) -> dict:
    """Judges pairs of images of different origin, and images with copies of them.

    Args:
        model: whose f it is.
        calibrated: for this model.
        cases: images of 256 pixels either way; those of one label have one origin, and make no
            pair.
        most: pairs of each kind.
        seed: of all draws.

    Returns:
        Plain values: for each kind of pairs how many got each of `verdict.VERDICTS`. The kinds are
        pairs at `random`; each image with that of another origin which is `nearest` by f; copies,
        `saved` again as JPEG at another size and contrast, and by the ranges `v01` and `v02`.
    """
    rng = np.random.default_rng(seed)
    small = np.stack([_resized(image, SIDE) for image in cases.images])
    chosen = rng.permutation(len(small))[:most]
    large = np.asarray(cases.images)[chosen]
    pairs = {
        **_unlike(model, small, cases.labels, most, rng),
        "saved": (small[chosen], np.stack([saved(image, rng) for image in large])),
        "v01": build.manipulated_copies(large, ranges.v01(), seed),
        "v02": build.manipulated_copies(large, ranges.v02(), seed),
    }
    return {kind: _judge(model, calibrated, *both) for kind, both in pairs.items()}


def saved(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An image, uint8 [height, width], as JPEG at another size and contrast, then [128, 128]."""
    scale, contrast = rng.uniform(*_SIZES), rng.uniform(*_CONTRASTS)
    other = _resized(image, round(scale * SIDE)).astype(np.float32)
    levels = np.clip((other - other.mean()) * contrast + other.mean(), 0, 255)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_QUALITIES))]
    _, data = cv2.imencode(".jpg", np.rint(levels).astype(np.uint8), quality)
    return _resized(np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)), SIDE)


def _resized(image, side) -> np.ndarray:
    how = cv2.INTER_AREA if side < len(image) else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (side, side), interpolation=how))


def _unlike(model, images, labels, most, rng):
    """Pairs of two labels, at random and the nearest of each image: two stacks for either kind."""
    embeddings = embed(model, images)
    f = np.asarray(metric.distance(model.metric, embeddings[:, None], embeddings[None]))
    f = np.where(np.equal.outer(labels, labels), np.inf, f)
    every = np.argwhere(np.triu(np.isfinite(f)))
    random = every[rng.choice(len(every), min(most, len(every)), replace=False)]
    nearest = {tuple(sorted((int(i), int(f[i].argmin())))) for i in range(len(images))}
    nearest = np.array(sorted(nearest))
    nearest = nearest[rng.permutation(len(nearest))[:most]]
    return {
        name: (images[pairs[:, 0]], images[pairs[:, 1]])
        for name, pairs in (("random", random), ("nearest", nearest))
    }


def _judge(model, calibrated, first, second) -> dict[str, int]:
    """How many of the pairs got each verdict."""
    images = np.concatenate([first, second])
    number = np.arange(len(first))
    pairs = np.stack([number, number + len(first)], axis=1)
    names = []
    f = verified.distances(model, images, pairs)
    for found, value in zip(verified.gather(images, pairs), f.tolist()):
        scored = calibration.score(calibrated, found, value)
        names.append(verdict.judge(calibrated, found, scored, value).name)
    counted = Counter(names)
    return {name: counted[name] for name in verdict.VERDICTS}
