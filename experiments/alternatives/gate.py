"""The gate as a system: minus what the kept keypoints of two images speak for a pair."""

import numpy as np
import tqdm

from experiments.alternatives.systems import System
from imgforensics.verification import gate


def gate_alone(title: str = "gate") -> System:
    """The distance is minus the support, of the first image as the query."""

    def describe(images):
        shown = tqdm.tqdm(images, desc=f"{title}, describing", unit=" images", leave=False)
        return np.stack([gate.describe(image) for image in shown])

    def compare(descriptions, pairs):
        pairs = np.asarray(pairs)
        support = np.zeros(len(pairs))
        for query in np.unique(pairs[:, 0]):
            rows = np.flatnonzero(pairs[:, 0] == query)
            found = gate.votes(descriptions[query], descriptions[pairs[rows, 1]])
            support[rows] = found.support
        return -support

    return System(title, describe, compare, threshold=-gate.MIN_SUPPORT)
