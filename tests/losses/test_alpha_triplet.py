import jax
import jax.numpy as jnp
import numpy as np
import pytest
from loops import settings

from imgforensics.losses.alpha_triplet import alpha_triplet
from imgforensics.models import metric


def random_embeddings(scale=1.0):
    rng = np.random.default_rng(0)
    alpha = rng.normal(size=5).astype(np.float32)
    return alpha, (scale * rng.normal(size=(3, 7, 5))).astype(np.float32)


def loop_distance(alpha, first, second):
    return sum(float(a) * abs(float(x) - float(y)) for a, x, y in zip(alpha, first, second))


def loop_loss(alpha, anchor, same, different):
    """Equation 4 as it is written, in Python's float64."""
    likelihood_same = 1 / (1 + np.exp(loop_distance(alpha, anchor, same) - 1))
    likelihood_different = 1 / (1 + np.exp(loop_distance(alpha, anchor, different) - 1))
    return -np.log(likelihood_same) - np.log(1 - likelihood_different)


def test_loss_is_that_of_the_formula():
    alpha, embeddings = random_embeddings()
    expected = [loop_loss(alpha, *triplet) for triplet in zip(*embeddings)]
    loss = alpha_triplet(metric.Metric(alpha), embeddings, settings())
    assert loss.shape == (7,)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1e3, 1e6])
def test_loss_and_gradients_are_finite(scale):
    """Also where sigmoid(1 - f) is 0 or 1 in float32, and where all images are the same."""
    alpha, embeddings = random_embeddings(scale)
    value, gradients = jax.value_and_grad(
        lambda alpha, embeddings: alpha_triplet(metric.Metric(alpha), embeddings, settings()).sum(),
        argnums=(0, 1),
    )(alpha, embeddings)
    assert np.isfinite(value)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_loss_grows_linearly_with_a_large_distance_between_copies():
    alpha, anchor = jnp.ones(1), jnp.zeros((2, 1))
    same = jnp.array([[1e4], [2e4]])
    embeddings = jnp.stack([anchor, same, anchor + 1])
    loss = alpha_triplet(metric.Metric(alpha), embeddings, settings())
    np.testing.assert_allclose(loss[1] - loss[0], 1e4, rtol=1e-6)


def test_distance_is_that_of_the_formula_and_broadcasts():
    alpha, (first, second, _) = random_embeddings()
    expected = [[loop_distance(alpha, x, y) for y in second] for x in first]
    distances = metric.distance(metric.Metric(alpha), first[:, None], second[None])
    np.testing.assert_allclose(distances, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(metric.distance(metric.Metric(alpha), first, first), 0)


def test_likelihood_is_above_a_half_exactly_where_the_distance_is_below_one():
    distances = jnp.array([-1e6, 0.0, 0.999, 1.0, 1.001, 1e6])
    likelihood = metric.likelihood(distances)
    np.testing.assert_array_equal(likelihood > 0.5, distances < 1)
    np.testing.assert_allclose(likelihood, [1, 0.731059, 0.50025, 0.5, 0.49975, 0], atol=1e-6)
