import numpy as np
import pytest

from imgforensics.models import metric


def test_the_likelihood_is_the_mean_of_the_likelihoods():
    views = np.random.RandomState(0).normal(1, 3, (3, 500)).astype(np.float32)
    mean = np.mean([metric.likelihood(view) for view in views], axis=0)
    np.testing.assert_allclose(metric.likelihood(metric.joint(views)), mean, rtol=1e-5)


def test_one_view_is_f_itself():
    f = np.float32([-3, 0.1, 1, 1e30])
    np.testing.assert_array_equal(metric.joint([f]), f)


def test_likelihoods_that_saturate_keep_their_order():
    """By the mean likelihood in float32 these would all be 0, or all 1/2."""
    far = [np.float32([200, 300, 400])] * 2
    np.testing.assert_allclose(metric.joint(far), far[0], rtol=1e-6)
    near = metric.joint([np.float32([-60, -60]), np.float32([200, 300])])
    np.testing.assert_allclose(near, 1, atol=1e-6)
    one = metric.joint([np.float32([50, 60]), np.float32([1000, 1000])])
    assert one == pytest.approx(np.array([50, 60]) + np.log(2), rel=1e-6)
