"""What is measured of score normalisation and crops, beside plain loops."""

import dataclasses

import numpy as np
import pytest

from experiments.reranked import measure, shares
from experiments.reranked.shares import Negatives
from experiments.tables import table_reranking
from imgforensics.data.splits import Splits
from imgforensics.evaluation import proposals
from imgforensics.metrics import intervals


def test_copies_are_found_before_the_hundredth_of_the_negatives():
    copies, others = np.array([-1.0, 0.5, 1.0, 9.0, 10.0, 11.0]), np.arange(500.0)
    groups = np.arange(500) % 6
    of = Negatives(groups, groups, np.ones(500))
    found = shares.found(copies, np.arange(6), others, of, [0.02, 0.002])
    # The eleventh negative, at 10, would be one too many; of equal scores negatives come first.
    assert found[:, 0].tolist() == [4 / 6, 2 / 6] and found.shape == (2, 1001)


def test_replicates_weigh_copies_and_negatives_by_their_groups():
    rng = np.random.default_rng(0)
    groups = np.array([0, 0, 1, 2, 2, 3])
    one, other = (part.ravel() for part in np.indices((6, 6)))
    one, other = one[one != other], other[one != other]
    copies, others, weights = rng.normal(size=6), 1 + rng.normal(size=30), rng.uniform(1, 2, 30)
    of = Negatives(groups[one], groups[other], weights)
    rates = np.linspace(0.05, 0.95, 19)
    found = shares.found(copies, groups, others, of, rates)
    for number in (0, 1, 5, 77):
        times = np.ones(4) if not number else intervals.multiplicities(4)[number - 1]
        weigh = [
            w * times[i] * (1 if i == j else times[j])
            for w, i, j in zip(weights, of.first, of.second)
        ]
        for place, rate in enumerate(rates):
            limit = next(
                score
                for score in np.sort(others)
                if sum(w for w, x in zip(weigh, others) if x <= score) > rate * sum(weigh)
            )
            expected = np.average(copies < limit, weights=times[groups])
            assert found[place, number] == pytest.approx(expected)


def test_a_gain_has_an_interval_of_its_own():
    one, other = np.array([0.5, 0.4, 0.5, 0.6]), np.array([0.4, 0.3, 0.4, 0.5])
    told = shares.told(one, other, 10)
    assert told["share"] == 0.5 and told["gain"] == pytest.approx(0.1)
    assert told["gain_interval"] == pytest.approx([0.1, 0.1])
    assert told["interval"][0] < 0.5 < told["interval"][1]


@pytest.fixture
def measured(make_model, micrographs, monkeypatch, tmp_path):
    """A collection of twelve images and a library of ten, whose copies are nearly the images."""
    monkeypatch.setattr(proposals, "SIDE", 32)
    blocks = np.random.RandomState(0).randint(0, 256, (50, 64, 64)).astype(np.uint8)
    micrographs = dataclasses.replace(micrographs, images=blocks.repeat(4, 1).repeat(4, 2))
    split = Splits(np.arange(40, 48), np.arange(48, 50), np.arange(12), np.zeros(0, int))
    model = make_model(metric="positive_alpha_l1")
    images = np.stack([proposals.centre(micrographs, number) for number in split.test])
    first = measure.views(model, images)
    second = first + np.float32(1e-3) * np.random.default_rng(0).normal(size=first.shape)
    second = second.astype(np.float32)
    found = measure.collection(model, micrographs, split.test, first, second)
    library = measure.library(
        model, micrographs, split, 5, {"test_v01": second}, measure.keeping(tmp_path)
    )
    return {"collections": {"test_v01": found}, "library": library}


def test_copies_that_are_nearly_the_images_are_all_found(measured):
    found, library = measured["collections"]["test_v01"], measured["library"]
    assert found["copies"] == 12 and library["queries"] == 5
    assert library["crops"] == 10 * proposals.CROPS
    assert {"random", "same_source", "mixed"} <= found["found"].keys()
    for systems in (*found["found"].values(), library["found"]["test_v01"]):
        assert {name: each["0.01"]["share"] for name, each in systems.items()} == dict.fromkeys(
            ("f", "normalized", "crops", "both"), 1
        )
    for places in (found["nearest"], library["places"]["test_v01"]):
        assert all(each["1"]["share"] == 1 for each in places.values())


def test_the_table_marks_what_is_more_and_what_is_less(measured):
    worse = measured["library"]["found"]["test_v01"]["crops"]["0.01"]
    worse |= {"share": 0.5, "interval": [0.4, 0.6], "gain_interval": [-0.6, -0.4]}
    header, *rows = table_reranking.found(measured, "0.01")
    assert header[2:] == ("f", "f, normalised", "f and crops", "f and crops, normalised")
    assert rows[-1][:2] == ("V01", "hard") and rows[-1][4] == "*0.500* [0.400, 0.600]"
    assert rows[0][2].startswith("1.000 [")
    for interval, shown in (([0.1, 0.2], "**0.500** ["), ([-0.1, 0.2], "0.500 [")):
        worse["gain_interval"] = interval
        assert table_reranking.found(measured, "0.01")[-1][4].startswith(shown)
    versions = {"jax": "1", "commit": "c"}
    text = table_reranking.markdown([{"reranking": measured, "versions": versions}])
    assert "Copies: 12 V01." in text and "of 130 crops and themselves" in text


def test_arrays_are_made_once(tmp_path):
    kept = measure.keeping(tmp_path)
    assert kept("a", lambda: np.arange(3)).tolist() == [0, 1, 2]
    assert kept("a", lambda: pytest.fail("made again")).tolist() == [0, 1, 2]
