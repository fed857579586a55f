"""Rates of many pairs by the evidence of few, beside a plain loop and beside all of it."""

import numpy as np
import pytest

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import hard_pairs, proposals
from imgforensics.evaluation.hard_pairs import Fitted, Stratum
from imgforensics.inference import weights
from imgforensics.testsets import build
from imgforensics.verification.calibration import NUMBERS

FITTED = Fitted(1.0, np.array([2.0, *[0.0] * (len(NUMBERS) - 2), -3.0]))  # 1 + 2 inliers - 3 f


def stratum(f, evidence):
    numbers = np.zeros((len(evidence), len(NUMBERS)))
    numbers[:, 0] = evidence
    return Stratum(np.array(f, float), numbers)


def test_each_evidence_stands_for_what_any_pair_of_the_stratum_might_have():
    rng = np.random.default_rng(0)
    near, far = stratum(rng.random(50), rng.random(9)), stratum(1 + rng.random(150), rng.random(7))
    for threshold in (-1.0, 0.5, 1.0):
        expected = np.mean([
            np.mean([1 - (1 + 2 * found[0] - 3 * f) <= threshold for found in part.numbers])
            for part in (near, far) for f in part.f
        ])  # fmt: skip
        assert hard_pairs.rate([near, far], FITTED, threshold) == pytest.approx(expected)


def test_f_is_limited_as_in_the_score():
    assert hard_pairs.rate([stratum([90.0], [6.0])], FITTED, 0.0) == 1.0  # 1 + 12 - 12 >= 1


def test_the_interval_holds_the_rate_and_shrinks_with_evidence():
    rng = np.random.default_rng(1)
    widths = []
    for count in (20, 2000):
        part = stratum(rng.random(100), rng.random(count))
        low, high = hard_pairs.interval([part], FITTED, 0.5)
        assert low <= hard_pairs.rate([part], FITTED, 0.5) <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5
    assert hard_pairs.interval([stratum([9.0], [0.0])], FITTED, 0.5) == (0, 0)


def test_the_strict_threshold_is_the_largest_that_holds_for_random_and_for_hard_pairs():
    random = stratum(np.linspace(0, 1, 1001), [0.0])  # scores 0 to 3
    hard = stratum(np.linspace(0.001, 0.1, 100), [0.0])
    kinds = {"random": [random], "same_layout": [hard]}
    alone = hard_pairs.strict_threshold({"random": [random]}, FITTED, 0.2)
    assert alone == pytest.approx(0.6, abs=0.01)
    assert hard_pairs.rate([random], FITTED, alone) <= 0.2
    both = hard_pairs.strict_threshold(kinds, FITTED, 0.02)  # at most 0.2 of the hard ones
    assert both == pytest.approx(0.06, abs=0.005)
    # Fields of one source image may overlap in fact, and the laxer point is never passed.
    assert hard_pairs.strict_threshold(kinds | {"same_source": [hard]}, FITTED, 0.02) == both
    assert hard_pairs.strict_threshold({"random": [stratum([2.0], [0.0])]}, FITTED, 0.5) == 1


@pytest.fixture
def negatives(monkeypatch):
    """In place of manipulations, which take long to compile."""

    def copies(images, config, seed):
        return images[:, :128, :128], 255 - images[:, :128, :128]

    monkeypatch.setattr(build, "manipulated_copies", copies)


def test_pairs_are_sampled_by_kind(weights_file, textures_in_memory, negatives):
    model, micrographs = weights.load(weights_file), textures_in_memory
    number = len(micrographs)
    kinds = hard_pairs.sample(model, micrographs, np.arange(number), each=3, seed=0)
    sizes = {kind: [len(part.f) for part in parts] for kind, parts in kinds.items()}
    one_source = np.equal.outer(micrographs.sources, micrographs.sources)
    one_class = np.equal.outer(micrographs.classes, micrographs.classes) & ~one_source
    assert sum(sizes["random"]) == (~one_source).sum()
    assert sizes["same_class"] == [one_class.sum()]
    assert sizes["same_source"] == [one_source.sum() - number]
    assert sizes["nearest"] == [hard_pairs.NEAREST * number]
    assert kinds["nearest"][0].f.max() > 0 and len(kinds["nearest"][0].numbers) == 3
    again = hard_pairs.sample(model, micrographs, np.arange(number), 3, 0, kinds=("same_class",))
    np.testing.assert_array_equal(again["same_class"][0].f, kinds["same_class"][0].f)


def test_proposed_pairs_are_of_a_copy_and_the_nearest_crops(
    weights_file, textures_in_memory, negatives
):
    model, micrographs = weights.load(weights_file), textures_in_memory
    library = proposals.library(model, micrographs, np.arange(10, 12))
    (found,) = hard_pairs.proposed(model, micrographs, np.arange(8), library, each=3, seed=0)
    copies = 255 - micrographs.images[:8, :128, :128]
    f, _ = proposals.propose(model, library, copies, hard_pairs.NEAREST)
    np.testing.assert_allclose(np.sort(found.f), np.sort(f.ravel()), rtol=1e-4)
    assert found.numbers.shape == (3, len(NUMBERS))
    nearest = np.abs(found.numbers[:, -1, None] - np.clip(found.f, 0, 4)).min(1)
    np.testing.assert_allclose(nearest, 0, atol=1e-6)


def test_the_strict_threshold_holds_for_what_f_proposes():
    random = stratum(np.linspace(0, 1, 1001), [0.0])
    kinds = {"random": [random], "proposed": [stratum(np.linspace(0.0001, 0.01, 100), [0.0])]}
    assert hard_pairs.strict_threshold(kinds, FITTED, 0.02) == pytest.approx(0.006, abs=0.0005)


@pytest.fixture(scope="module")
def textures_in_memory():
    """Fourteen noisy micrographs of two classes and twelve source images."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (14, 32, 32)).repeat(8, 1).repeat(8, 2).astype(np.uint8)
    sources = np.array([f"s{number % 12}" for number in range(14)])
    classes = np.array([f"c{number % 12 % 2}" for number in range(14)])
    return Micrographs(images=images, names=sources, classes=classes, sources=sources)
