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


def _normal(number, *shape):
    return jax.random.normal(jax.random.key(number), shape)


def _assert_same(ours, theirs, *arguments):
    ours = jax.jit(lambda *a: _gradients(ours, *a))(*arguments)
    theirs = jax.jit(lambda *a: _gradients(theirs, *a))(*arguments)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-4)


# Few and many channels, one image and groups of several, down to a single tile.
SHAPES = [(3, 8, 12, 1, 4), (1, 8, 8, 4, 6), (8, 4, 6, 32, 40), (7, 2, 2, 5, 3), (3, 16, 6, 16, 16)]


@pytest.mark.parametrize("count, height, width, channels, features", SHAPES)
def test_convolution_is_xlas(count, height, width, channels, features):
    images = _normal(0, count, height, width, channels)
    kernel = _normal(1, 3, 3, channels, features)
    _assert_same(lowering._conv_cpu, lowering._conv_xla, images, kernel)


@pytest.mark.parametrize("shape", [(2, 5, 4, 3), (2, 4, 7, 3)])
def test_odd_sides_are_convolved_too(shape):
    arguments = _normal(0, *shape), _normal(1, 3, 3, 3, 2)
    _assert_same(lowering.conv, lowering._conv_xla, *arguments)


def test_pointwise_convolution_is_xlas():
    arguments = _normal(0, 2, 4, 4, 3), _normal(1, 1, 1, 3, 5)
    _assert_same(lowering.conv, lowering._conv_xla, *arguments)


@pytest.mark.parametrize("count, height, width, channels, features", SHAPES)
def test_pair_of_convolutions_is_xlas(count, height, width, channels, features):
    arguments = (
        _normal(0, count, height, width, channels),
        _normal(1, 3, 3, channels, features),
        _normal(2, 3, 3, features, features),
    )
    _assert_same(lowering._conv_pair_cpu, lowering._conv_pair_plain, *arguments)


def test_pair_of_convolutions_sends_the_gradient_of_ties_to_the_first():
    images, kernel = jnp.ones((1, 8, 8, 1)), jnp.ones((3, 3, 1, 1))
    _assert_same(lowering._conv_pair_cpu, lowering._conv_pair_plain, images, kernel, kernel)


def test_narrow_numbers_stay_narrow_outside():
    images, kernel = (_normal(i, *shape).astype(jnp.bfloat16) for i, shape in enumerate(
        [(1, 4, 4, 2), (3, 3, 2, 2)]))
    for result in (lowering.conv(images, kernel), lowering.conv_pair(images, kernel, kernel)):
        assert result.dtype == jnp.bfloat16
    gradient = jax.grad(lambda k: lowering.conv_pair(images, k, k).sum().astype(jnp.float32))(kernel)
    assert gradient.dtype == jnp.bfloat16


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
        text = str(jax.make_jaxpr(lambda i, k: (
            lowering.conv(i, k), lowering.conv_pair(i, k, k), lowering.max_pool(i)
        ))(images, kernel))
        return "custom_vjp" in text, text.count("conv_general_dilated["), "reduce_window" in text

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert primitives() == (False, 3, True)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    assert primitives() == (True, 0, False)
