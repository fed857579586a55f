"""Sets of single manipulations are what they say, and shares are counted by hand."""

import numpy as np
import pytest

from experiments.alternatives import contest, systems
from imgforensics.metrics import intervals
from imgforensics.testsets import build, single, strengths
from imgforensics.utils.errors import UserError

NAMES = "rotation", "crop overlap", "inversion"


@pytest.fixture(scope="module")
def pairs(micrographs):
    with pytest.MonkeyPatch.context() as patch:
        few = {name: strengths.MANIPULATIONS[name] for name in NAMES}
        patch.setattr(strengths, "MANIPULATIONS", few)
        return single.build("test_single", micrographs, np.arange(50, 100), 12, 110, 3)


def apart(images, pairs):
    """How far two images are apart, gray level by gray level."""
    first, second = images[pairs].astype(float).swapaxes(0, 1)
    return np.abs(first - second).mean((1, 2))


def test_every_strength_copies_every_image(pairs, micrographs):
    groups = [f"{name} {x:g}" for name in NAMES for x in strengths.MANIPULATIONS[name].strengths]
    copies = pairs.group[pairs.is_copy]
    assert list(dict.fromkeys(copies)) == groups and len(copies) == 12 * len(groups)
    assert pairs.images.dtype == np.uint8 and pairs.images.shape[1:] == (128, 128)
    assert set(pairs.group[~pairs.is_copy]) == {""}
    first, second = pairs.sources[pairs.pairs[pairs.is_copy]].T
    np.testing.assert_array_equal(first, second)
    assert set(first) <= set(micrographs.sources[50:])
    for group in groups:
        anchors, made = pairs.pairs[pairs.group == group].T
        assert len(set(anchors)) == len(set(made)) == 12


def test_a_copy_is_what_its_group_says(pairs):
    distances = apart(pairs.images, pairs.pairs)
    for group in ("rotation 0", "crop overlap 100", "inversion 0"):
        assert not distances[pairs.group == group].any()
    anchor, copy = pairs.images[pairs.pairs[pairs.group == "inversion 1"]].swapaxes(0, 1)
    np.testing.assert_array_equal(copy, 255 - anchor)
    anchor, copy = pairs.images[pairs.pairs[pairs.group == "crop overlap 50"]].swapaxes(0, 1)
    step = round(128 * (1 - 0.5**0.5))
    np.testing.assert_array_equal(copy[:, :-step, :-step], anchor[:, step:, step:])


def test_negatives_are_plain_crops_of_different_images(pairs, micrographs):
    random = pairs.pairs[pairs.kind == "random"]
    assert len(random) == 110 and (pairs.pairs[~pairs.is_copy] < 12).all()
    assert (pairs.sources[random[:, 0]] != pairs.sources[random[:, 1]]).all()
    crops = {crop.tobytes() for crop in micrographs.images[50:, 64:-64, 64:-64]}
    assert all(pairs.images[number].tobytes() in crops for number in set(random.ravel()))


def test_shares_are_counted_at_one_threshold(pairs):
    distances = np.random.default_rng(0).normal(size=len(pairs.pairs)) - 2 * pairs.is_copy
    random = np.sort(distances[pairs.kind == "random"])
    judged = contest.judge(distances, pairs, {"random": 0.0})["groups"]
    assert list(judged) == list(NAMES)
    sources = np.unique(pairs.sources, return_inverse=True)[1]
    often = intervals.multiplicities(sources.max() + 1)
    for name, points in judged.items():
        expected = strengths.MANIPULATIONS[name].strengths
        assert tuple(point["strength"] for point in points) == expected
        for point in points:
            which = pairs.group == f"{name} {point['strength']:g}"
            below = distances[which] < random[1]  # one of 110 negatives is below it
            assert point["share"] == pytest.approx(below.mean())
            drawn = often[:, sources[pairs.pairs[which, 0]]]
            ends = np.percentile((drawn * below).sum(1) / drawn.sum(1), [2.5, 97.5])
            np.testing.assert_allclose(point["interval"], ends)


def test_a_system_that_compares_pixels(pairs):
    distances, _ = contest.measure(systems.of_scorer("pixels", apart), pairs)
    found = contest.judge(distances, pairs, {"random": 0.0})["groups"]
    assert found["rotation"][0]["share"] == found["inversion"][0]["share"] == 1
    assert found["inversion"][1]["share"] < 0.5


def test_few_negatives_set_no_threshold(pairs):
    kept = pairs.is_copy | (np.cumsum(pairs.kind == "random") < 100)
    parts = {name: getattr(pairs, name)[kept] for name in ("pairs", "is_copy", "kind", "group")}
    fewer = pairs._replace(**parts)
    distances = apart(fewer.images, fewer.pairs)
    assert contest.judge(distances, fewer, {"random": 0.0})["groups"] == {}


def test_the_name_leads_to_it(micrographs, monkeypatch):
    made = []
    monkeypatch.setattr(single, "build", lambda name, **given: made.append((name, given)))
    split = type("Split", (), {"test": np.arange(7)})
    build.build(micrographs, split, "test_single", 4, 9, 2)
    [(name, given)] = made
    assert name == "test_single" and given["indices"].tolist() == list(range(7))
    assert (given["size"], given["negatives"], given["seed"]) == (4, 9, 2)
    monkeypatch.undo()
    with pytest.raises(UserError, match="one has images of 1 source image"):
        single.build("one", micrographs, np.array([0, 1]), 4, 9, 2)
