"""Steps that take pairs which people judged, beside what they draw."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.data.labelled import DRAWN, Labelled
from imgforensics.manipulations import recipe
from imgforensics.models import build
from imgforensics.testsets import triplet_sets
from imgforensics.training import configs
from imgforensics.training import state as states
from imgforensics.training import step as steps

FIRST = 25  # images before the pictures of labelled pairs
# A pair that is the same, one that is not, and a place that is left; and such another batch.
BATCHES = np.array(
    [
        [(0, 1, DRAWN), (2, 2, 3), (DRAWN, DRAWN, DRAWN)],
        [(4, 5, DRAWN), (6, 7, DRAWN), (8, 8, 9)],
    ],
    np.int32,
)
LABELLED = steps.LabelledPairs(BATCHES, FIRST)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (FIRST + 10, 256, 256)).astype(np.uint8)


@pytest.fixture
def config(tiny):
    return tiny.copy_and_resolve_references()


def plain(config):
    """Nothing is done to an image."""
    config.manipulations.identity_probability = 1.0
    config.manipulations.subtract_minimum = False
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)
    return config


def taken(config, step):
    """Which of the batches a step takes, and its indices."""
    found = np.asarray(steps.indices(config, step, FIRST, LABELLED))
    ends = [np.where(batch == DRAWN, DRAWN, FIRST + batch)[:, [0, 2, 1]].T for batch in BATCHES]
    alike = [((found[:, -3:] == end) | (end == DRAWN)).all() for end in ends]
    assert sum(alike) == 1
    return alike.index(True), found


def test_they_take_the_last_places_and_nothing_else_moves(config):
    seen = set()
    for step in range(12):
        batch, found = taken(config, step)
        drawn = np.asarray(steps.indices(config, step, FIRST))
        assert found.shape == (3, config.batch_size) and found.dtype == np.int32
        np.testing.assert_array_equal(found[:, :-3], drawn[[0, 1, 0], :-3])
        left = BATCHES[batch][:, [0, 2, 1]].T == DRAWN
        behind = drawn[[0, 1, 0], -3:]
        np.testing.assert_array_equal(found[:, -3:][left], behind[left])
        seen.add(batch)
    assert seen == {0, 1}
    config.seed = 1
    assert len({taken(config, step)[1].tobytes() for step in range(3)} | {found.tobytes()}) == 4


def test_where_losses_take_pairs_there_are_three_rows_too(config):
    config.loss.name, config.model.architecture = "alpha_mutual", "compact"
    found = np.asarray(steps.indices(config, 3, FIRST, LABELLED))
    drawn = np.asarray(steps.indices(config, 3, FIRST))
    assert drawn.shape == (1, config.batch_size) and found.shape == (3, config.batch_size)
    np.testing.assert_array_equal(found[[0, 2], :-3], drawn[[0, 0], :-3])


@pytest.mark.parametrize("name", ["compact", "paper"])
def test_a_step_with_them_traces(name):
    config = configs.load(name)
    config.batch_size, config.data.neighbours = 8, min(2, config.data.neighbours)
    optimizer = states.make_optimizer(config.optimizer)
    network = build.network(config.model, axis_name=steps.AXIS)
    step = jax.vmap(
        steps.make_step(config, network, optimizer, 2, LABELLED),
        in_axes=(None, None, 0),
        out_axes=None,
        axis_name=steps.AXIS,
        axis_size=2,
    )
    state = jax.eval_shape(lambda: states.create(config, build.network(config.model), optimizer))
    images = jax.ShapeDtypeStruct((FIRST + 10, 256, 256), jnp.uint8)
    after, _ = jax.eval_shape(step, state, images, jax.ShapeDtypeStruct((2,), jnp.int32))
    shapes = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), (state, after))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("viewed", [0.0, 1.0])
def test_the_copy_that_was_found_stands_for_one_that_is_made(config, images, viewed):
    """Both are seen whole, and other examples as ever."""
    plain(config).view.probability = viewed
    numbers = jnp.arange(config.batch_size)
    step = next(step for step in range(9) if taken(config, step)[0] == 0)
    _, chosen = taken(config, step)
    made, _ = steps.examples(config, step, jnp.asarray(images)[chosen], numbers)
    without = steps.indices(config, step, FIRST)
    expected, _ = steps.examples(config, step, jnp.asarray(images)[without], numbers)
    np.testing.assert_allclose(made[:, :-3], expected[:, :-3], atol=1e-6)
    centres = images[FIRST:, 112:144, 112:144] / np.float32(255)
    np.testing.assert_allclose(made[0, -3], centres[0], atol=1e-5)
    np.testing.assert_allclose(made[1, -3], centres[1], atol=1e-5)
    np.testing.assert_allclose(made[1, -2], made[0, -2], atol=1e-5)
    if not viewed:
        np.testing.assert_allclose(made[0, -2], centres[2], atol=1e-5)
        np.testing.assert_allclose(made[2, -2], centres[3], atol=1e-5)
        np.testing.assert_allclose(made[:, -1], expected[:, -1], atol=1e-5)


def test_copies_of_other_pictures_are_manipulated(config, images):
    keys = jax.random.split(jax.random.key(0), 2)
    one, other, third = (jnp.asarray(images[[start, start + 1]]) for start in (0, 2, 4))
    anchor, same, different = recipe.triplets(keys, one, other, config.manipulations, third)
    usual = recipe.triplets(keys, one, other, config.manipulations)
    np.testing.assert_allclose(anchor, usual[0], atol=1e-6)
    np.testing.assert_allclose(different, usual[2], atol=1e-6)
    as_anchor = recipe.triplets(keys, third, other, config.manipulations)
    np.testing.assert_allclose(same, as_anchor[1], atol=1e-6)
    assert abs(np.asarray(same) - np.asarray(usual[1])).max() > 0.1


def test_validation_shows_them_at_the_same_share(config, images):
    pairs = Labelled(
        images[:6], np.array([(0, 1), (2, 3), (4, 5)]), np.array([True, False, True]), np.array([])
    )
    manipulations = plain(config).manipulations
    drawn = triplet_sets.triplet_set(jax.random.key(1), images[6:], 8, manipulations)
    mixed = triplet_sets.with_labelled(0, drawn, pairs, 0.25, manipulations)
    for each, before in zip(mixed, drawn):
        assert each.shape == before.shape and each.dtype == before.dtype
        np.testing.assert_array_equal(each[:-2], before[:-2])
    centres = images[:, 112:144, 112:144] / np.float32(255)
    shown = [[centres[0], centres[1], drawn[2][-2]], [centres[2], centres[2], centres[3]]]
    for place, triplet in zip((-2, -1), shown):
        for each, expected in zip(mixed, triplet):
            np.testing.assert_allclose(each[place], expected, atol=1e-5)
    alone = triplet_sets.with_labelled(0, drawn, pairs, 0.05, manipulations)
    assert alone is drawn
