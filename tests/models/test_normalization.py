"""Normalisations against loops and hand-computed values."""

import jax
import jax.numpy as jnp
import numpy as np

from imgforensics.models.normalization import (
    BranchNorm,
    local_response_normalize,
    pixel_normalize,
)


def test_pixel_normalization_has_zero_mean_and_unit_variance():
    images = 0.3 + 0.1 * jax.random.uniform(jax.random.key(0), (3, 2, 16, 16, 1))
    normalized = np.asarray(pixel_normalize(images), np.float64)
    # The mean is rounded to about 3e-7, which is 1e-5 of these images' deviations.
    np.testing.assert_allclose(normalized.mean(axis=(2, 3, 4)), 0, atol=5e-5)
    variance = np.asarray(images, np.float64).var(axis=(2, 3, 4))
    np.testing.assert_allclose(
        normalized.var(axis=(2, 3, 4)), variance / (variance + 1e-6), rtol=1e-4
    )


def test_pixel_normalization_of_a_constant_image_is_zero_with_finite_gradient():
    images = jnp.full((1, 1, 8, 8, 1), 0.5)
    np.testing.assert_array_equal(pixel_normalize(images), 0)
    gradient = jax.grad(lambda x: pixel_normalize(x).sum())(images)
    assert np.isfinite(gradient).all()


def test_local_response_normalization_against_a_loop():
    features = np.random.RandomState(0).standard_normal((2, 3, 20)).astype(np.float32)
    expected = np.zeros_like(features)
    for channel in range(20):
        window = features[..., max(0, channel - 5) : channel + 6]
        expected[..., channel] = features[..., channel] / np.sqrt(1 + (window**2).sum(-1))
    np.testing.assert_allclose(local_response_normalize(features), expected, rtol=1e-5)


def _norm(features, variables=None, **options):
    module = BranchNorm(num_branches=3)
    call = {"running": False, "branches": (0, 1, 2)} | options
    if variables is None:
        variables = module.init(jax.random.key(0), features, **call)
    return module.apply(variables, features, **call, mutable="moments"), variables


def test_batch_moments_are_those_of_each_branch():
    scales = jnp.array([1.0, 2.0, 5.0])[:, None, None]
    features = scales * (1 + jax.random.normal(jax.random.key(1), (3, 400, 2)))
    (normalized, _), _ = _norm(features)
    np.testing.assert_allclose(normalized.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(normalized.var(axis=1), 1, atol=1e-4)


def test_running_moments_are_zero_debiased_averages():
    batches = [jax.random.normal(jax.random.key(n), (3, 50, 2)) + n for n in range(4)]
    _, variables = _norm(batches[0])
    averages = np.zeros((2, 3, 2))
    for batch in batches:
        (_, updated), _ = _norm(batch, variables)
        variables = variables | updated
        moments = np.stack([batch.mean(axis=1), batch.var(axis=1)])
        averages = 0.9 * averages + 0.1 * moments
    mean, variance = averages / (1 - 0.9 ** len(batches))
    probe = jax.random.normal(jax.random.key(7), (2, 5, 2))
    (ours, _), _ = _norm(probe, variables, running=True, branches=(2, 0))
    expected = (probe - mean[[2, 0], None]) / np.sqrt(variance[[2, 0], None] + 1e-6)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_running_moments_before_any_update_change_nothing():
    features = jax.random.normal(jax.random.key(0), (3, 4, 2))
    (normalized, _), _ = _norm(features, running=True)
    np.testing.assert_allclose(normalized, features, rtol=1e-5)


def test_moments_of_another_array_are_applied():
    features, other = jax.random.normal(jax.random.key(0), (2, 3, 40, 1))
    (ours, _), _ = _norm(features, moments_of=3 * other + 1)
    mean, deviation = (3 * other + 1).mean(axis=1), (3 * other).std(axis=1)
    np.testing.assert_allclose(
        ours, (features - mean[:, None]) / deviation[:, None], rtol=1e-4, atol=1e-4
    )
