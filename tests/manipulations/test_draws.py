import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.manipulations import draws

# The ends of what jax.random.uniform returns, and all between.
U = jnp.concatenate([jnp.linspace(0, 1, 10001)[:-1], jnp.array([1 - 2.0**-23, 1 - 2.0**-24])])


@pytest.mark.parametrize("ends", [(-20, 20), (-45, 45), (50, 150), (5, 15), (0, 52), (3, 4)])
def test_integers_fill_a_half_open_range(ends):
    values, counts = np.unique(np.asarray(draws.integer(U, ends)), return_counts=True)
    np.testing.assert_array_equal(values, np.arange(*ends))
    assert np.ptp(counts) <= 3


def test_reals_lie_in_their_range():
    values = draws.real(U, (1.5, 2.0))
    assert values.min() == 1.5 and values.max() <= 2
    np.testing.assert_allclose(values.mean(), 1.75, atol=1e-3)


def test_chances_of_zero_and_one_are_certain():
    assert not draws.chance(U, 0).any()
    assert draws.chance(U, 1).all()


@pytest.mark.parametrize("weights", [(0.5, 0.25, 0.25), (0, 1, 1), (1, 0, 3), (2, 2, 0), (0, 0, 1)])
def test_choices_follow_the_weights(weights):
    indices = jax.vmap(lambda u: draws.choice(u, weights))(U)
    counts = np.bincount(np.asarray(indices), minlength=3)
    np.testing.assert_allclose(counts / len(U), np.array(weights) / sum(weights), atol=1e-3)
    assert all(count == 0 for count, weight in zip(counts, weights) if weight == 0)


def test_ends_of_lengths_are_cut_down_to_pixels():
    assert draws.pixels((0.1, 0.9), 128) == (12, 115)
    assert draws.pixels((0.05, 0.2), 128) == (6, 25)
    assert draws.pixels((1 / 3, 0.5), 128) == (42, 64)
