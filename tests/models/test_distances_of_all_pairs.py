"""f of all pairs is that of each pair, and is never held with an axis of features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.models import all_pairs, metric

ROWS, COLUMNS, FEATURES = 7, 5, 11  # the last is no multiple of what is added up at once


def drawn(squared=False, offset=None, shift=0.0):
    random = np.random.default_rng(0)
    forensic = metric.Metric(jnp.float32(random.normal(size=FEATURES)), offset, squared)
    first, second = (
        np.float32(shift + random.normal(size=(count, FEATURES))) for count in (ROWS, COLUMNS)
    )
    second[2] = first[3]
    return forensic, first, second


def broadcast(forensic, first, second):
    return metric.distance(forensic, first[:, None], second)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("offset", [None, 0.25])
@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_distances_and_gradients_are_those_of_each_pair(squared, offset, shift):
    operands = drawn(squared, offset, shift)
    np.testing.assert_allclose(
        all_pairs.distances(*operands), broadcast(*operands), rtol=1e-5, atol=1e-5
    )
    weights = np.random.default_rng(1).normal(size=(ROWS, COLUMNS))
    found, expected = (
        jax.grad(lambda *each: (weights * function(*each)).sum(), argnums=(0, 1, 2))(*operands)
        for function in (all_pairs.distances, broadcast)
    )
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("squared", [False, True])
def test_identical_images_have_distance_zero_and_the_gradient_of_a_pair(squared):
    forensic, first, second = drawn(squared)
    assert all_pairs.distances(forensic, first, second)[3, 2] == 0
    found, expected = (
        jax.grad(lambda *each: function(forensic, *each)[3, 2], argnums=(0, 1))(first, second)
        for function in (all_pairs.distances, broadcast)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_as_large_as_the_differences_is_held():
    count, features = 256, 64
    forensic = metric.Metric(jnp.ones(features))
    embeddings = jax.ShapeDtypeStruct((count, features), jnp.float32)
    step = jax.jit(
        jax.value_and_grad(lambda *each: jnp.tanh(all_pairs.distances(*each)).sum(), (0, 1, 2))
    )
    temporary = step.lower(forensic, embeddings, embeddings).compile().memory_analysis()
    pairs = 4 * count * count
    assert temporary.temp_size_in_bytes < 16 * pairs < pairs * features / 2
