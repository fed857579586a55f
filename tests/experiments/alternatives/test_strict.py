"""Many hard pairs, on images whose answer is known."""

import dataclasses

import numpy as np
import pytest

from experiments.alternatives import strict
from experiments.alternatives.stages import Pairs
from experiments.alternatives.systems import System, of_scorer
from experiments.tables import table_stages
from imgforensics.evaluation import proposals


def test_hard_pairs_are_five_crops_with_their_nearest_that_differ(
    model, micrographs, tmp_path, monkeypatch
):
    for module in (strict, proposals):
        monkeypatch.setattr(module, "SIDE", 32)
    images = np.random.RandomState(0).randint(0, 256, micrographs.images.shape).astype(np.uint8)
    images[1, :32, :32] = 7  # one crop of the queries
    images[50] = 9  # all that one of the library has
    monkeypatch.setattr(strict, "_ONE_FIELD", (("s1", "s26"),))
    some = dataclasses.replace(micrographs, images=images)
    queries, library = np.arange(3), np.arange(50, 54)
    every = proposals.CROPS * len(library)
    found = strict.hard_pairs(model, some, queries, library, every, tmp_path)
    # Of the library images 51, of source s25, and 52 and 53, of s26, are left.
    of_one, of_other = 10 - 1, 5  # crops of sources s0 and s1
    assert len(found.pairs) == proposals.CROPS * (of_one * 3 + of_other * 1)
    assert all(image.std() > 1 for image in found.images)
    first, counts = np.unique(found.pairs[:, 0], return_counts=True)
    assert first.tolist() == list(range(14))
    assert set(counts) == {3 * proposals.CROPS, proposals.CROPS}
    assert (found.images[0] == images[0, 64:96, 64:96]).all()
    assert (found.images[1] == images[0, :32, :32]).all()
    assert sorted(set(found.sources)) == ["s0", "s1"]
    # What was found once is not sought again.
    monkeypatch.setattr(strict.proposals, "library", None)
    again = strict.hard_pairs(model, some, queries, library, every, tmp_path)
    assert (again.pairs == found.pairs).all()


def made(distances):
    """Pairs of image 0, which is black, with images that are as bright as their distances."""
    images = np.array([0, *distances], float)[:, None, None] * np.ones((1, 2, 2))
    numbers = np.stack([np.zeros(len(distances), int), np.arange(1, len(images))], axis=1)
    return Pairs(images, numbers, np.arange(len(distances)), np.ones(len(distances)))


def brightness(images, pairs):
    return images[pairs[:, 1]].mean((1, 2))


def measured(folder, verified):
    copies = {name: made(np.arange(10) / 10) for name in ("test_v01", "test_v02")}
    hard = made(np.arange(20_000) / 20_000 + 0.75)
    gate = System("gate", None, brightness, threshold=0.8)
    score = of_scorer("verified", verified)
    return strict.run(copies, hard, gate, score, {"same": 0.95, "screening": 0.751}, folder)


def test_the_verified_score_judges_what_passes_the_gate(tmp_path):
    seen = []

    def verified(images, pairs):
        seen.append(len(pairs))
        return brightness(images, pairs)

    found = measured(tmp_path, verified)
    assert seen == [9, 9, 1001]  # up to 0.8
    passed = found["gate"]["points"]["passed"]
    assert passed["hard"]["passed"] == 1001 and passed["hard"]["pairs"] == 20_000
    assert passed["test_v01"]["share"] == 0.9
    # Nothing passes that has not passed the gate, whatever the threshold.
    assert found["verified"]["points"]["same"]["hard"]["passed"] == 1001
    strictly = found["verified"]["points"]["screening"]["hard"]
    assert strictly["passed"] == 21 and strictly["share"] == pytest.approx(21 / 20_000)
    low, high = strictly["interval"]
    assert 0 < low < strictly["share"] < high < 2 * strictly["share"]
    assert found["gate"]["found"]["test_v01"]["at 0.001"]["share"] == 0.8
    assert found["gate"]["found"]["test_v01"]["at 3e-05"] is None  # of 20 000 pairs too few pass


def test_distances_are_kept(tmp_path):
    def broken(images, pairs):
        raise AssertionError("computed again")

    first = measured(tmp_path, brightness)
    assert measured(tmp_path, broken) == first


def test_the_table_counts_false_alarms(tmp_path):
    found = measured(tmp_path, brightness)
    for system in found.values():
        for part in (*system["points"].values(), system["found"]):
            part["test_composite"] = part["test_v01"]
    sizes = {"hard": 20_000, "queries": 9, "sources": 5, "nearest": 32, "crops": 70}
    text = table_stages.strict([{"strict": {"sizes": sizes, "systems": found}}])
    assert "| gate | -0.8 |" not in text and "| gate | 0.8 | 1,001 |" in text
    assert "| gate, then verified, screening | 0.751 | 21 | 0.1050%" in text
    assert "20,000 pairs" in text and "70 crops" in text
