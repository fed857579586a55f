"""Stages of a screening, on pairs whose answer is known."""

import numpy as np

from experiments.alternatives import stages
from experiments.alternatives.stages import Pairs
from experiments.alternatives.systems import of_vectors


def test_shares_count_equal_distances_for_the_negatives():
    others = np.arange(1000.0)
    copies = np.array([-1.0, 0.5, 1.0, 9.0, 10.0, 11.0])
    assert stages._shares(copies, others) == [4 / 6, 2 / 6]


def test_what_a_system_lets_pass():
    mean = of_vectors("mean", lambda image: image.mean(), lambda one, other: np.abs(one - other))
    levels = np.arange(101, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 8), np.uint8)
    hard = Pairs(levels, np.stack([np.zeros(100, int), np.arange(1, 101)], axis=1))
    copies = Pairs(levels, np.array([[0, 0], [0, 1], [0, 50]]))
    found = stages.measure({"mean": mean}, {"set": copies}, hard)["mean"]
    # The second nearest of a hundred negatives differs by 2 levels, the nearest by 1.
    assert found["copies"] == {"set": [2 / 3, 1 / 3]}
    assert found["title"] == "mean" and min(found["image_ms"], found["pair_ms"]) >= 0


def test_hard_negatives_are_the_nearest_crops(model, micrographs, monkeypatch):
    monkeypatch.setattr(stages, "SIDE", 32)
    found = stages.hard_negatives(model, micrographs, np.arange(3), np.arange(50, 54), count=6)
    assert found.pairs.shape == (6, 2) and found.pairs[:, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert found.pairs[:, 1].min() >= 3 and found.pairs.max() < len(found.images)
    distances = np.asarray(stages.embed(model, found.images))
    alpha = np.asarray(model.params["alpha"])
    f = [np.abs(distances[i] - distances[j]) @ alpha for i, j in found.pairs]
    assert all(f[k] <= f[k + 1] + 1e-6 for k in (0, 2, 4))
