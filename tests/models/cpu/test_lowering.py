"""The CPU forms of convolution and pooling against XLA's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.models.cpu import lowering, winograd

pytestmark = pytest.mark.usefixtures("hardly_optimized")


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
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.abs(b).max())


# One channel and many, a group of all images and groups of one, rows of several pixels and of one.
CASES = pytest.mark.parametrize(
    "shape, features, group",
    [
        ((3, 8, 12, 1), 4, 1 << 15),
        ((2, 4, 6, 16), 40, 1),
    ],
)


def _pair_of_xlas(images, first, second):
    inner = jax.nn.relu(lowering._conv_xla(images, first))
    return lowering._max_pool_xla(lowering._conv_xla(inner, second))


@CASES
def test_convolution_is_xlas(shape, features, group, monkeypatch):
    monkeypatch.setattr(winograd, "_GROUP_NUMBERS", group)
    images, kernel = _normal(0, *shape), _normal(1, 3, 3, shape[-1], features)
    _assert_same(lowering._conv_cpu, lowering._conv_xla, images, kernel)


def test_convolutions_of_one_shape_are_traced_once(monkeypatch):
    """Tracing is a good part of what a command that embeds few images takes."""
    exact, traced = winograd._conv, []

    def counted(*arguments, **named):
        traced.append(arguments)
        return exact(*arguments, **named)

    monkeypatch.setattr(winograd, "_conv", counted)
    images, kernel = jnp.zeros((5, 6, 8, 3)), jnp.zeros((3, 3, 3, 3))
    once, again = lowering._conv_cpu, lambda i, k: lowering._conv_cpu(lowering._conv_cpu(i, k), k)
    for function in (once, again):
        jax.eval_shape(function, images, kernel)
        assert len(traced) == 1


@pytest.mark.parametrize("shape", [(2, 5, 4, 3), (2, 4, 7, 3)])
def test_odd_sides_are_convolved_too(shape):
    arguments = _normal(0, *shape), _normal(1, 3, 3, 3, 2)
    _assert_same(lowering.conv, lowering._conv_xla, *arguments)


def test_pointwise_convolution_is_xlas():
    arguments = _normal(0, 2, 4, 4, 3), _normal(1, 1, 1, 3, 5)
    _assert_same(lowering.conv, lowering._conv_xla, *arguments)


@CASES
def test_pair_of_convolutions_is_xlas(shape, features, group, monkeypatch):
    monkeypatch.setattr(winograd, "_GROUP_NUMBERS", group)
    kernels = _normal(1, 3, 3, shape[-1], features), _normal(2, 3, 3, features, features)
    _assert_same(lowering._conv_pair_cpu, _pair_of_xlas, _normal(0, *shape), *kernels)


def test_pair_of_convolutions_sends_the_gradient_of_ties_to_the_first():
    images, kernel = jnp.ones((1, 8, 8, 1)), jnp.ones((3, 3, 1, 1))
    _assert_same(lowering._conv_pair_cpu, _pair_of_xlas, images, kernel, kernel)


@pytest.mark.parametrize("work", [0, 1 << 24])
def test_narrow_numbers_stay_narrow_outside(work, monkeypatch):
    monkeypatch.setattr(lowering, "_LEAST_WORK", work)
    images, kernel = (
        _normal(i, *shape).astype(jnp.bfloat16)
        for i, shape in enumerate([(1, 4, 4, 2), (3, 3, 2, 2)])
    )
    for operation in (lowering.conv, lambda i, k: lowering.conv_pair(i, k, k)):
        result, gradient = jax.eval_shape(
            jax.value_and_grad(lambda k: operation(images, k).sum()), kernel
        )
        assert result.dtype == gradient.dtype == jnp.bfloat16


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
    monkeypatch.setattr(lowering, "_LEAST_WORK", 0)
    images, kernel = jnp.ones((1, 4, 4, 2)), jnp.ones((3, 3, 2, 2))

    def primitives():
        text = str(
            jax.make_jaxpr(
                lambda i, k: (
                    lowering.conv(i, k),
                    lowering.conv_pair(i, k, k),
                    lowering.max_pool(i),
                )
            )(images, kernel)
        )
        return "custom_vjp" in text, text.count("conv_general_dilated["), "reduce_window" in text

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert primitives() == (False, 3, True)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    assert primitives() == (True, 0, False)
