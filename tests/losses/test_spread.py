"""The term that spreads embeddings: its value by hand, equal images, and devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics import losses
from imgforensics.losses.spread import spread
from imgforensics.models import metric

RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(size=(2, 8, 5)).astype(np.float32)


def by_hand(embeddings):
    units = embeddings / np.linalg.norm(embeddings, axis=-1, keepdims=True)
    found = np.zeros(embeddings.shape[1])
    for some in units:
        apart = np.linalg.norm(some[:, None] - some, axis=-1)
        np.fill_diagonal(apart, np.inf)
        found -= np.log(apart.min(axis=1)) / len(units)
    return found


def test_it_is_the_logarithm_of_the_distance_to_the_nearest_other():
    np.testing.assert_allclose(spread(EMBEDDINGS), by_hand(EMBEDDINGS), atol=1e-3)
    np.testing.assert_allclose(spread(7 * EMBEDDINGS), by_hand(EMBEDDINGS), atol=1e-3)


def test_descending_it_moves_the_nearest_ones_apart():
    embeddings, step = jnp.asarray(EMBEDDINGS), jax.jit(jax.grad(lambda e: spread(e).sum()))
    for _ in range(20):
        embeddings = embeddings - 0.02 * step(embeddings)
    assert by_hand(np.asarray(embeddings)).mean() < by_hand(EMBEDDINGS).mean() - 0.1


def test_equal_and_vanishing_embeddings_have_finite_gradients():
    value = jax.value_and_grad(lambda e: spread(e).sum())
    alike = np.broadcast_to(EMBEDDINGS[:, :1], EMBEDDINGS.shape)
    pairs = EMBEDDINGS.copy()
    pairs[:, 1::2] = pairs[:, ::2]
    for embeddings in (alike, pairs, 0 * EMBEDDINGS, 1e-8 * EMBEDDINGS):
        loss, gradient = value(jnp.asarray(embeddings))
        assert np.isfinite(loss) and np.isfinite(gradient).all()
    assert (value(jnp.asarray(alike))[1] == 0).all()
    # Nearly equal ones are pushed apart, but no harder than what is at a small distance.
    near = alike + 1e-6 * EMBEDDINGS
    assert 0 < np.abs(value(jnp.asarray(near))[1]).max() < 50


def test_one_thing_has_nothing_to_be_kept_from():
    np.testing.assert_array_equal(spread(EMBEDDINGS[:, :1]), [0])


@pytest.mark.parametrize("devices", [2, 8])
def test_it_is_that_of_the_whole_batch_on_any_number_of_devices(devices):
    expected = jax.value_and_grad(lambda e: spread(e).sum())(jnp.asarray(EMBEDDINGS))
    shares = np.stack(np.split(EMBEDDINGS, devices, axis=1))
    value, gradients = jax.pmap(
        jax.value_and_grad(lambda share: spread(share, "spread").sum()),
        axis_name="spread",
        devices=jax.devices()[:devices],
    )(shares)
    np.testing.assert_allclose(value.sum(), expected[0], rtol=1e-5)
    together = np.concatenate(list(gradients), axis=1)
    np.testing.assert_allclose(together, expected[1], rtol=1e-4, atol=1e-5)
    alike = jax.pmap(
        jax.grad(lambda share: spread(share, "spread").sum()),
        axis_name="spread",
        devices=jax.devices()[:devices],
    )(np.ones_like(shares))
    assert (np.asarray(alike) == 0).all()


def test_it_is_added_to_any_loss_by_its_weight():
    forensic, config = metric.Metric(jnp.ones(5)), common.get_config().loss
    triplets = np.concatenate([EMBEDDINGS, EMBEDDINGS[:1]])
    config.name = "alpha_triplet"
    plain = losses.make(config)(forensic, triplets)
    drawn = losses.make_drawn(config)(forensic, triplets)
    config.spread = 0.5
    np.testing.assert_allclose(
        losses.make(config)(forensic, triplets), plain + 0.5 * spread(EMBEDDINGS), rtol=1e-6
    )
    np.testing.assert_array_equal(losses.make_drawn(config)(forensic, triplets), drawn)
    del config.unlock().spread  # as in configs of before
    np.testing.assert_array_equal(losses.make(config)(forensic, triplets), plain)
