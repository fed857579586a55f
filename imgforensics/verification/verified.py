"""The verified score: f joined with what a registration of the pair finds."""

from collections.abc import Iterable

import numpy as np
import tqdm

from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.verification import calibration, evidence
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence, Prepared


def verified(
    model: Model, calibrated: Calibration, images: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Scores pairs of images; each image is embedded and searched for keypoints once.

    Args:
        model: whose f it is.
        calibrated: for this model.
        images: uint8 [n, side, side], as the network takes them.
        pairs: int [m, 2], numbers of images.

    Returns:
        float [m]: at most 1 where a pair is more likely a copy than not.
    """
    f = distances(model, images, pairs)
    each = zip(gather(images, pairs), f)
    return np.array([calibration.score(calibrated, found, value) for found, value in each], float)


def distances(model: Model, images: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """f of pairs of images, float32 [m], with the running moments of the anchor's branch."""
    embeddings = embed(model, images)
    first, second = np.asarray(pairs).reshape(-1, 2).T
    return np.asarray(metric.distance(model.metric, embeddings[first], embeddings[second]))


def gather(images: np.ndarray, pairs: np.ndarray) -> Iterable[Evidence]:
    """Yields the evidence of pairs of images, as in `verified`."""
    prepared: dict[int, Prepared] = {}
    for numbers in tqdm.tqdm(pairs, desc="verifying", unit=" pairs", leave=False):
        for number in set(map(int, numbers)) - prepared.keys():
            prepared[number] = evidence.prepare(images[number])
        first, second = map(int, numbers)
        yield evidence.gather(prepared[first], prepared[second])
