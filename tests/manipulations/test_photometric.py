import dm_pix as pix
import jax
import numpy as np
import pytest

from imgforensics.manipulations import photometric


@pytest.mark.parametrize("exponent", [0.5, 0.75, 1.24, 1.99])
def test_gamma_is_a_power(crop, exponent):
    np.testing.assert_allclose(
        jax.jit(photometric.gamma)(crop, exponent),
        np.asarray(crop, np.float64) ** exponent,
        atol=1e-6,
    )


def test_gamma_is_that_of_dm_pix(crop):
    np.testing.assert_allclose(photometric.gamma(crop, 0.8), pix.adjust_gamma(crop, 0.8), atol=5e-7)


def test_gamma_one_changes_nothing(crop):
    np.testing.assert_array_equal(jax.jit(photometric.gamma)(crop, 1.0), crop)


def test_black_stays_black():
    assert not np.any(photometric.gamma(np.zeros((8, 8), np.float32), 0.5))
