import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from imgforensics.metrics import reliability


def f_of(likelihood):
    return 1 - np.log(likelihood / (1 - likelihood))


def test_reliability_agrees_with_scikit_learn():
    rng = np.random.RandomState(0)
    likelihoods = rng.beta(4, 2, 3000), rng.beta(2, 4, 3000)
    found = reliability.report(*(reliability.sums(f_of(some)) for some in likelihoods))
    truth, likelihood = np.repeat([1, 0], 3000), np.concatenate(likelihoods)
    shares, means = calibration_curve(truth, likelihood, n_bins=10)
    bins = found["bins"]
    np.testing.assert_allclose(bins["share"], shares)
    np.testing.assert_allclose(bins["likelihood"], means, rtol=1e-6)
    counts = np.histogram(likelihood, bins=10, range=(0, 1))[0]
    np.testing.assert_array_equal(np.add(bins["copies"], bins["others"]), counts)
    expected = np.sum(counts / 6000 * np.abs(shares - means))
    assert found["expected_calibration_error"] == pytest.approx(expected, rel=1e-6)


def test_by_hand_with_more_others_than_copies():
    """Copies and others weigh the same: copies 1/4 each, others 1/8 each."""
    copies, others = np.array([0.85, 0.25]), np.array([0.82, 0.22, 0.24, 0.28])
    found = reliability.report(*(reliability.sums(f_of(some)) for some in (copies, others)))
    bins = found["bins"]
    assert bins["from"] == pytest.approx([0.2, 0.8])
    assert bins["copies"] == [1, 1] and bins["others"] == [3, 1]
    assert bins["share"] == pytest.approx([0.25 / 0.625, 0.25 / 0.375])
    means = [(0.25 * 0.25 + 0.74 / 8) / 0.625, (0.85 / 4 + 0.82 / 8) / 0.375]
    assert bins["likelihood"] == pytest.approx(means)
    error = abs(0.625 * means[0] - 0.25) + abs(0.375 * means[1] - 0.25)
    assert found["expected_calibration_error"] == pytest.approx(error)


def test_likelihoods_that_are_right_have_no_error():
    """Of pairs with the likelihood p, the share p are copies."""
    likelihood = np.repeat([0.15, 0.35, 0.5, 0.65, 0.85], 2000)
    copies = np.tile(np.arange(2000) / 2000, 5) < likelihood
    sides = (reliability.sums(f_of(likelihood[copies == which])) for which in (True, False))
    assert reliability.report(*sides)["expected_calibration_error"] == pytest.approx(0, abs=1e-3)


def test_saturated_and_constant_likelihoods():
    number, total = reliability.sums(np.array([-1e4, 1e4], np.float32))
    assert number[[0, -1]].tolist() == [1, 1] and total[[0, -1]] == pytest.approx([1, 0])
    constant = reliability.sums(np.ones(5))
    found = reliability.report(constant, constant)
    assert found["expected_calibration_error"] == 0 and len(found["bins"]["from"]) == 1
