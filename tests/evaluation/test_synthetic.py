import types

import jax
import numpy as np
import pytest

from imgforensics.data import frozen
from imgforensics.evaluation import synthetic
from imgforensics.manipulations import recipe
from imgforensics.testsets import triplet_sets
from imgforensics.utils.errors import UserError


def key(seed=0):
    return jax.random.key(seed)


def test_halves_of_a_permutation():
    anchors, others = triplet_sets.triplet_indices(key(), 500, 250)
    assert sorted([*anchors, *others]) == list(range(500))
    again, _ = triplet_sets.triplet_indices(key(), 500, 100)
    np.testing.assert_array_equal(again, anchors[:100])
    assert (triplet_sets.triplet_indices(key(1), 500, 250)[0] != anchors).any()


@pytest.mark.parametrize("images", [2, 3, 5, 9, 60, 61])
def test_small_sets_go_round_without_an_image_meeting_itself(images):
    anchors, others = triplet_sets.triplet_indices(key(), images, 250)
    assert len(anchors) == len(others) == 250
    assert not set(anchors) & set(others)
    assert set(anchors) | set(others) == set(range(images))
    pairs = set(zip(anchors.tolist(), others.tolist()))
    assert len(pairs) == min(250, (images // 2) * ((images + 1) // 2))


@pytest.mark.parametrize("images", [0, 1])
def test_two_images_are_needed(images, model, micrographs):
    with pytest.raises(UserError, match=f"{images} image.s. can't make a triplet"):
        triplet_sets.triplet_indices(key(), images, 10)
    for protocol in (synthetic.validation, synthetic.test):
        with pytest.raises(UserError, match="can't make a triplet"):
            protocol(model, micrographs, np.arange(images))


def test_a_set_is_what_the_recipe_makes_of_the_indices(model, micrographs):
    config = model.config.manipulations
    parts = triplet_sets.triplet_set(key(), micrographs.images, 60, config)
    index_key, draws_key = jax.random.split(key())
    anchors, others = triplet_sets.triplet_indices(index_key, 100, 60)
    expected = jax.jit(lambda *a: recipe.triplet(*a, config))(
        jax.random.fold_in(draws_key, 57),
        micrographs.images[anchors[57]],
        micrographs.images[others[57]],
    )
    for part, example in zip(parts, expected):
        assert part.shape == (60, 32, 32) and part.dtype == np.float32
        np.testing.assert_allclose(part[57], example, atol=1e-4)
        assert len({image.tobytes() for image in part}) > 55


def test_images_on_disk_make_the_same_set(model, micrographs, tmp_path):
    config = model.config.manipulations
    frozen.freeze(micrographs, tmp_path)
    stored = frozen.on_disk(tmp_path).images
    for part, other in zip(
        triplet_sets.triplet_set(key(), micrographs.images, 20, config),
        triplet_sets.triplet_set(key(), stored, 20, config),
    ):
        np.testing.assert_array_equal(part, other)


def test_a_set_does_not_depend_on_its_length_and_is_compiled_once(model, micrographs):
    config = model.config.manipulations
    long = triplet_sets.triplet_set(key(), micrographs.images, 50, config)
    before = triplet_sets._triplets._cache_size()
    for count in (1, 49):
        short = triplet_sets.triplet_set(key(), micrographs.images, count, config)
        for ours, theirs in zip(short, long):
            np.testing.assert_array_equal(ours, theirs[:count])
    assert triplet_sets._triplets._cache_size() == before


@pytest.fixture
def oracle(monkeypatch):
    """Likelihoods by what the embedding of a test double says; counts the calls of each branch."""
    state = types.SimpleNamespace(branches=[], likelihood=None)

    def embed(model, images, branch):
        state.branches.append(branch)
        return np.stack([np.ravel(image) for image in images])

    monkeypatch.setattr(synthetic, "embed", embed)
    monkeypatch.setattr(synthetic, "likelihood", lambda *arguments: state.likelihood(*arguments))
    return state


def never(config):
    """Manipulations that leave the crop as it is."""
    config = config.copy_and_resolve_references()
    config.manipulations.identity_probability = 1.0
    config.manipulations.subtract_minimum = False
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)
    return config


def equal(model, first, second):
    return np.all(np.abs(first - second) < 1e-6, axis=1).astype(float)


def test_validation_counts_both_pairs(oracle, model, micrographs):
    plain = model._replace(config=never(model.config))
    oracle.likelihood = equal
    perfect = synthetic.validation(plain, micrographs, np.arange(80))
    assert perfect["accuracy"] == 1 and perfect["decisions"] == 60 and perfect["split"] == 80
    assert perfect["interval"] == pytest.approx((0.9398, 1), abs=1e-4)
    assert oracle.branches == [0, 1, 1]
    assert perfect["likelihood_same"] == [1] * 30 and perfect["likelihood_different"] == [0] * 30

    oracle.likelihood = lambda *arguments: 1 - equal(*arguments)
    assert synthetic.validation(plain, micrographs, np.arange(80))["correct"] == 0
    # Exactly one half is a copy.
    oracle.likelihood = lambda model, first, second: np.full(len(first), 0.5)
    half = synthetic.validation(plain, micrographs, np.arange(80))
    assert half["accuracy"] == 0.5


def test_the_test_flips_a_coin_for_each_pair(oracle, model, micrographs):
    plain = model._replace(config=never(model.config))
    plain.config.evaluation.test_pairs = 357
    oracle.likelihood = equal
    perfect = synthetic.test(plain, micrographs, np.arange(80))
    assert perfect["accuracy"] == 1 and perfect["decisions"] == 357
    assert 150 < perfect["same"] == sum(perfect["is_same"]) < 207
    assert perfect["negatives"]["pairs"] == 357 - perfect["same"]
    assert oracle.branches == [0, 1]
    oracle.likelihood = lambda *arguments: 1 - equal(*arguments)
    assert synthetic.test(plain, micrographs, np.arange(80))["correct"] == 0


def test_the_later_version_scores_with_two_branches(oracle, model, micrographs):
    oracle.likelihood = lambda model, first, second, third: equal(model, first, second)
    synthetic.test(model, micrographs, np.arange(80), scoring="v02")
    assert oracle.branches == [0, 1, 2]


def test_what_negatives_share_is_counted(model, micrographs):
    twins = np.array([0, 1])  # of one source and of two classes
    found = synthetic.validation(model, micrographs, twins)["negatives"]
    assert found == {"pairs": 30, "of one class": 0, "of one source": 30, "of equal pixels": 0}
    kin = np.array([0, 10])
    found = synthetic.validation(model, micrographs, kin)["negatives"]
    assert found == {"pairs": 30, "of one class": 30, "of one source": 0, "of equal pixels": 0}


def test_only_images_of_the_split_are_seen(model, micrographs):
    indices = np.arange(20, 60)
    outside = np.setdiff1d(np.arange(100), indices)
    ours = synthetic.test(model, micrographs, indices)
    images = micrographs.images.copy()
    images[outside] = 0
    changed = type(micrographs)(images, micrographs.names, micrographs.classes, micrographs.sources)
    assert synthetic.test(model, changed, indices) == ours
    assert synthetic.test(model, micrographs, indices + 1) != ours
