import jax
import numpy as np
import pytest

from imgforensics.data import triplets
from imgforensics.utils.errors import UserError

IMAGES, BATCH, STEPS = 20, 8, 3000


@pytest.fixture(scope="module")
def drawn():
    """Anchors and different images of many steps, int [STEPS, BATCH] each."""
    keys = jax.random.split(jax.random.key(0), STEPS)
    return [
        np.asarray(part)
        for part in jax.vmap(lambda key: triplets.indices(key, IMAGES, BATCH))(keys)
    ]


def test_no_image_comes_twice_in_a_batch(drawn):
    together = np.sort(np.concatenate(drawn, axis=1), axis=1)
    assert (np.diff(together, axis=1) > 0).all()
    assert together.min() == 0 and together.max() == IMAGES - 1


def test_every_pair_is_as_likely_as_any_other(drawn):
    counts = np.zeros((IMAGES, IMAGES))
    np.add.at(counts, tuple(drawn), 1)
    assert (np.diagonal(counts) == 0).all()
    pairs = counts[~np.eye(IMAGES, dtype=bool)]
    expected = STEPS * BATCH / len(pairs)
    assert abs(pairs - expected).max() < 5 * np.sqrt(expected)


def test_steps_differ_and_a_key_repeats_its_step(drawn):
    anchors, _ = drawn
    assert len(np.unique(anchors, axis=0)) > 0.99 * STEPS
    once, again = (triplets.indices(jax.random.key(5), IMAGES, BATCH) for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_exactly_twice_the_batch_is_enough():
    triplets.check_size(2 * BATCH, BATCH)
    anchors, others = triplets.indices(jax.random.key(0), 2 * BATCH, BATCH)
    assert sorted(np.concatenate([anchors, others])) == list(range(2 * BATCH))


def test_fewer_are_refused():
    with pytest.raises(UserError, match="a batch of 8 triplets needs at least 16 training images"):
        triplets.check_size(2 * BATCH - 1, BATCH)


NEIGHBOURS, MANY = 4, 64


@pytest.fixture(scope="module")
def near():
    keys = jax.random.split(jax.random.key(1), STEPS)
    draw = jax.vmap(lambda key: triplets.indices(key, MANY, BATCH, NEIGHBOURS))
    return np.stack([np.asarray(part) for part in draw(keys)], axis=-1)


def test_neighbours_no_image_comes_twice_in_a_batch(near):
    together = np.sort(near.reshape(STEPS, -1), axis=1)
    assert together.shape[1] == 2 * BATCH and (np.diff(together, axis=1) > 0).all()
    assert together.min() == 0 and together.max() == MANY - 1


def test_neighbours_are_near_and_how_near_differs(near):
    apart = np.abs(near[..., 0] - near[..., 1])
    apart = np.minimum(apart, MANY - apart).mean(axis=1)  # runs go on at the other end
    assert np.median(apart) < 8 < np.quantile(apart, 0.95)
    runs = near.reshape(STEPS, -1, NEIGHBOURS)
    reach = (runs.max(-1) - runs.min(-1)).min(axis=1)
    assert (reach == NEIGHBOURS - 1).mean() > 0.1
    # In a batch there are several runs, and these are anywhere.
    starts = runs.min(-1)
    assert (starts.max(1) - starts.min(1)).mean() > MANY / 3


def test_neighbours_every_image_is_as_likely_and_every_near_pair_comes(near):
    counts = np.bincount(near.ravel(), minlength=MANY)
    assert abs(counts / counts.mean() - 1).max() < 0.1
    pairs = {frozenset(pair) for pair in near.reshape(-1, 2)}
    assert all(frozenset({i, (i + 1) % MANY}) in pairs for i in range(MANY))


@pytest.mark.parametrize("neighbours", [1, NEIGHBOURS])
def test_anchors_of_pairs_take_no_more_images_than_there_are_pairs(neighbours):
    triplets.check_size(BATCH, BATCH, neighbours, each=1)
    with pytest.raises(UserError, match="a batch of 8 pairs needs at least 8 training images"):
        triplets.check_size(BATCH - 1, BATCH, neighbours, each=1)
    keys = jax.random.split(jax.random.key(2), 500)
    draw = jax.vmap(lambda key: triplets.anchors(key, MANY, BATCH, neighbours))
    drawn = np.asarray(draw(keys))
    assert drawn.shape == (500, BATCH) and (np.diff(np.sort(drawn, axis=1), axis=1) > 0).all()
    counts = np.bincount(drawn.ravel(), minlength=MANY)
    assert abs(counts / counts.mean() - 1).max() < 0.5
    runs = drawn.reshape(500, -1, NEIGHBOURS)
    near = (runs.max(-1) - runs.min(-1)).min(axis=1) == NEIGHBOURS - 1
    assert (near.mean() > 0.1) == (neighbours > 1)


def test_neighbours_need_whole_runs():
    triplets.check_size(MANY, BATCH, NEIGHBOURS)
    for wrong in (3, 32, 10):
        with pytest.raises(UserError, match=f"config.data.neighbours is {wrong}"):
            triplets.check_size(MANY, BATCH, wrong)
