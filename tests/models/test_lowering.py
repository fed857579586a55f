"""The CPU forms of convolution and pooling against XLA's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.models import lowering


def _gradients(function, *arguments):
    """Result and gradients of a weighted sum of a function's values."""
    shape = jax.eval_shape(function, *arguments).shape
    weights = jax.random.normal(jax.random.key(9), shape)
    value = function(*arguments)
    grads = jax.grad(
        lambda *inner: jnp.sum(weights * function(*inner)), argnums=range(len(arguments))
    )(*arguments)
    return value, *grads


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("channels, features", [(1, 4), (4, 6), (6, 1)])
def test_convolution_is_xlas(count, channels, features):
    images = jax.random.normal(jax.random.key(0), (count, 8, 12, channels))
    kernel = jax.random.normal(jax.random.key(1), (3, 3, channels, features))
    ours = jax.jit(lambda *a: _gradients(lowering._conv3x3_cpu, *a))(images, kernel)
    theirs = jax.jit(lambda *a: _gradients(lowering._conv_xla, *a))(images, kernel)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-4)


def test_pooling_is_xlas():
    images = jax.random.normal(jax.random.key(0), (3, 8, 12, 5))
    ours = _gradients(lowering._max_pool_cpu, images)
    theirs = _gradients(lowering._max_pool_xla, images)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_pooling_of_ties_sends_the_gradient_to_the_first():
    images = jnp.ones((1, 2, 2, 1))
    _, ours = _gradients(lowering._max_pool_cpu, images)
    _, theirs = _gradients(lowering._max_pool_xla, images)
    np.testing.assert_array_equal(ours, theirs)
    assert np.count_nonzero(ours) == 1 and ours[0, 0, 0, 0] != 0


def test_one_switch_picks_the_plain_operations(monkeypatch):
    images, kernel = jnp.ones((1, 4, 4, 2)), jnp.ones((3, 3, 2, 2))

    def primitives():
        text = str(jax.make_jaxpr(lambda i, k: lowering.max_pool(lowering.conv(i, k)))(
            images, kernel))
        return "custom_vjp" in text, "reduce_window_max" in text or "reduce_window" in text

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert primitives() == (False, True)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    assert primitives() == (True, False)
