import jax
import numpy as np
import pytest

from imgforensics.losses import reducers


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    chosen = rng.random((6, 9)) < 0.6
    chosen[:, 0] = True
    values, distances = rng.normal(size=(2, 6, 9)).astype(np.float32)
    return values, distances, chosen


def test_mean_of_positive_is_that_of_the_loop(rows):
    values, _, chosen = rows
    chosen[2] = False
    values[3] = -1
    for number, found in enumerate(reducers.mean_of_positive(values, chosen)):
        counted = [v for v, mark in zip(values[number], chosen[number]) if mark and v > 0]
        assert found == pytest.approx(sum(counted) / len(counted) if counted else 0.0)
    assert not reducers.mean_of_positive(values, chosen)[2:4].any()


def test_mean_of_none_has_gradient_zero():
    values = np.array([[1.0, 2.0], [-1.0, 0.0]], np.float32)
    chosen = np.array([[False, False], [True, True]])
    gradient = jax.grad(lambda v: reducers.mean_of_positive(v, chosen).sum())(values)
    np.testing.assert_array_equal(gradient, np.zeros((2, 2)))


@pytest.mark.parametrize("hardness", [0.0, 0.7, 5.0])
def test_mean_by_hardness_is_that_of_the_loop(rows, hardness):
    values, distances, chosen = rows
    found = reducers.mean_by_hardness(values, distances, chosen, hardness)
    for number in range(len(values)):
        marked = np.flatnonzero(chosen[number])
        weights = [np.exp(-hardness * float(distances[number, i])) for i in marked]
        total = sum(w * float(values[number, i]) for w, i in zip(weights, marked))
        assert found[number] == pytest.approx(total / sum(weights), rel=1e-5)


def test_near_negatives_weigh_more_and_a_large_hardness_leaves_the_nearest():
    values, distances = np.array([[1.0, 0.0]]), np.array([[2.0, 3.0]])
    chosen = np.ones((1, 2), bool)
    means = [reducers.mean_by_hardness(values, distances, chosen, h) for h in (0.0, 1.0, 1e6)]
    assert means[0] == 0.5 and 0.5 < means[1] < 1 and means[2] == 1


def test_weights_by_hardness_pass_no_gradient(rows):
    values, distances, chosen = rows
    gradient = jax.grad(lambda d: reducers.mean_by_hardness(values, d, chosen, 2.0).sum())(
        distances
    )
    assert not gradient.any()
