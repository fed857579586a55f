"""Stages of a screening, on pairs whose answer is known."""

import numpy as np
import pytest

from experiments.alternatives import stages, stages_run
from experiments.alternatives.stages import Pairs
from experiments.alternatives.systems import of_scorer, of_vectors
from experiments.tables import table_stages
from imgforensics.evaluation import proposals
from imgforensics.inference.embed import embed
from imgforensics.verification import gate


def made(count, weights=None):
    """Pairs of image 0 with each of the others, each of a source of its own."""
    images = np.arange(count + 1, dtype=np.int64)[:, None, None] * np.ones((1, 2, 2), np.int64)
    numbers = np.stack([np.zeros(count, int), np.arange(1, count + 1)], axis=1)
    weights = np.ones(count) if weights is None else np.asarray(weights, float)
    return Pairs(images, numbers, np.arange(count), weights)


def by_level(scale=1.0, threshold=None):
    """The distance of two images is how much brighter one of them is."""

    def compare(one, other):
        return scale * np.abs(one - other)

    system = of_vectors("level", lambda image: image.mean(), compare)
    return system.__class__(system.title, system.describe, system.compare, threshold=threshold)


def test_copies_are_found_before_the_hundredth_of_the_negatives():
    copies, hard = np.array([-1.0, 0.5, 1.0, 9.0, 10.0, 11.0]), np.arange(1000.0)
    # The eleventh negative, at 10, would be one too many; of equal distances negatives come first.
    found = stages.found_at(copies, made(6), hard, made(1000), 0.01)
    assert found["share"] == pytest.approx(4 / 6)
    low, high = found["interval"]
    assert 0 <= low < 4 / 6 < high <= 1
    assert stages.found_at(copies, made(6), hard, made(1000), 0.001) is None  # one would decide


def test_a_negative_counts_for_as_many_as_it_stands_for():
    copies, hard = np.array([7.5, 8.5, 9.5, 10.5]), np.arange(40.0)
    light, heavy = np.ones(40), np.ones(40)
    heavy[1] = 3  # of 42, of which 10.5 may pass: the first eight, and not the ninth
    every = (made(40, weights) for weights in (light, heavy))
    found = [stages.found_at(copies, made(4), hard, others, 0.25)["share"] for others in every]
    assert found == [3 / 4, 1 / 4]


def test_the_share_that_passes_is_that_of_all_and_not_of_the_sample():
    distances = np.random.default_rng(0).normal(size=4000)
    rows, weights = stages.sample(distances < -2, each=60, seed=0)
    assert weights.sum() == pytest.approx(4000) and len(rows) == 120
    found = stages.share(distances[rows], made(4000).some(rows, weights), -1.0)
    low, high = found["interval"]
    assert low < (distances <= -1).mean() < high < 0.3
    smaller, _ = stages.sample(distances < -2, each=20, seed=0)
    assert set(smaller) < set(rows)


def test_some_of_the_pairs_show_the_same_images():
    every = made(9, weights=range(9))
    some = every.some(np.array([7, 2]))
    assert [some.images[j].mean() for _, j in some.pairs] == [8, 3]
    assert some.weights.tolist() == [7, 2] and some.sources.tolist() == [7, 2]
    assert len(some.images) == 3


def run(folder, **systems):
    """A run of copies that differ by 0.1 to 1, and of negatives that differ by 1 to 1000."""
    copies = {"test_v01": made(10)}
    copies["test_v01"] = copies["test_v01"]._replace(images=copies["test_v01"].images / 10)
    task = stages_run.Task(copies, made(1000), each=300)
    saved = []
    stages_run.run(task, systems, folder, lambda found: saved.append(dict(found)))
    assert [len(found) for found in saved] == [1, 2, 4]  # the verified score stands there twice
    return saved[-1]


def loaders(verified):
    # The gate passes what differs by 100 or less.
    scale = gate.MIN_SUPPORT / 100
    support = by_level(scale)
    compare = lambda described, pairs: support.compare(described, pairs) - 2 * gate.MIN_SUPPORT  # noqa: E731
    gated = support.__class__("gate", support.describe, compare, threshold=-gate.MIN_SUPPORT)
    return {
        "f": lambda: by_level(threshold=500),
        "gate": lambda: gated,
        "verified": lambda: of_scorer("verified", verified, threshold=2.5),
    }


def test_what_each_stage_lets_pass(tmp_path):
    seen = []

    def verified(images, pairs):
        seen.append(len(pairs))
        return by_level()(images, pairs)

    found = run(tmp_path, **loaders(verified))
    assert found["f"]["hard"]["share"] == 0.5 and found["f"]["hard"]["pairs"] == 1000
    assert found["gate"]["hard"]["share"] == 0.1
    # A quarter of the sample: 75 of those that pass the gate, and as many others.
    assert found["verified"]["hard"]["pairs"] == 150 and sum(seen) == 160
    assert found["cascade"]["hard"]["share"] == pytest.approx(0.002, abs=0.002)
    assert found["cascade"]["copies"]["test_v01"]["share"] == 1
    # Of equal distances, which the last copy and the first negative have, negatives come first.
    assert found["f"]["copies"]["test_v01"]["at 0.01"]["share"] == 1
    assert found["f"]["copies"]["test_v01"]["at 0.001"] is None


def test_a_run_goes_on_where_it_was_stopped(tmp_path):
    def broken(images, pairs):
        raise AssertionError("computed again")

    first = run(tmp_path, **loaders(lambda images, pairs: by_level()(images, pairs)))
    second = run(tmp_path, **loaders(broken))
    assert first == second
    (tmp_path / "verified.npz").unlink()
    with pytest.raises(AssertionError, match="computed again"):
        run(tmp_path, **loaders(broken))


def test_the_table_tells_what_was_measured(tmp_path):
    found = run(tmp_path, **loaders(lambda images, pairs: by_level()(images, pairs)))
    for system in found.values():
        one = system["copies"]["test_v01"]
        system["copies"] |= {"test_v02": one, "test_composite": one}
    sizes = {"hard": 1000, "queries": 5, "nearest": 200, "crops": 70, "copies": dict.fromkeys(
        ("test_v01", "test_v02", "test_composite"), 10), "each": 300}  # fmt: skip
    measured = {"sizes": sizes, "systems": found}
    measured["speeds"] = {
        "machine": {"cpu": "a CPU"},
        "systems": {
            "f": {"image_ms": 4.0, "pair_ms": 0.0005},
            "gate": {"image_ms": 8.0, "pair_ms": 0.5},
            "verified": {"image_ms": 0.0, "pair_ms": 100.0},
        },
    }
    header, f, gated, verified, cascade = table_stages.passing(measured)
    assert header[1:4] == ("CPU ms an image", "CPU ms a pair", "pairs/s of a core")
    assert f[:6] == ("level", "4", "0.0005", "2,000,000", "500", f[5])
    assert gated[3] == "2,000" and gated[5].startswith("10.000% [")
    assert verified[1:4] == ("", "100", "10.0")
    # 0.5 ms for each, and 100 ms for each tenth that passes.
    assert cascade[:4] == ("gate, then verified", "8", "10", "95")
    head, first, *_ = table_stages.found(measured)
    assert head[2] == "V01, 1.0%" and first[1] == "1,000, 30" and first[2].startswith("1.000 [")
    assert first[5] == ""
    assert "70 crops" in table_stages.markdown([{"stages": measured}])


def test_hard_negatives_are_the_nearest_crops(model, micrographs, monkeypatch):
    monkeypatch.setattr(proposals, "SIDE", 32)
    queries, library = np.arange(3), np.arange(50, 54)
    numbers = stages.neighbours(model, micrographs, queries, library, each=2)
    found = stages.hard_negatives(micrographs, queries, library, numbers)
    assert found.pairs.shape == (6, 2) and found.pairs[:, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert found.pairs[:, 1].min() >= 3 and found.pairs.max() < len(found.images)
    assert found.sources.tolist() == ["s0", "s0", "s0", "s0", "s1", "s1"]
    distances = embed(model, found.images)
    alpha = np.asarray(model.params["alpha"])
    f = [np.abs(distances[i] - distances[j]) @ alpha for i, j in found.pairs]
    assert all(f[k] <= f[k + 1] + 1e-6 for k in (0, 2, 4))


def test_speeds_are_of_cpu_time():
    cost = stages.speed(by_level(), made(200), seconds=0.0)
    assert 0 <= cost["image_ms"] < 100 and 0 <= cost["pair_ms"] < 100
    whole = of_scorer("level", by_level().__call__)
    assert stages.speed(whole, made(20), seconds=9)["image_ms"] == 0
