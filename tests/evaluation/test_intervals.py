import numpy as np
import pytest

from imgforensics.evaluation import intervals


@pytest.mark.parametrize(
    "correct, total, low, high",
    [
        # (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n) with z² = 3.841459, by hand
        (8, 10, 0.490162, 0.943318),
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (480, 500, 0.939026, 0.973959),
        (1, 1, 0.206549, 1.0),
    ],
)
def test_wilson(correct, total, low, high):
    assert intervals.wilson(correct, total) == pytest.approx((low, high), abs=2e-6)


def test_wilson_covers():
    rng = np.random.RandomState(0)
    ends = [intervals.wilson(n, 357) for n in rng.binomial(357, 0.95, size=2000)]
    assert np.mean([low <= 0.95 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.02)


def test_bootstrap_is_the_same_every_time_and_covers_the_normal_interval():
    clusters = np.random.RandomState(0).normal(0.9, 0.1, 200)
    low, high = intervals.bootstrap(clusters)
    assert (low, high) == intervals.bootstrap(clusters)
    assert (low, high) != intervals.bootstrap(clusters, seed=1)
    half = 1.96 * clusters.std() / np.sqrt(200)
    assert (low, high) == pytest.approx((clusters.mean() - half, clusters.mean() + half), abs=2e-3)


def test_bootstrap_of_equal_clusters_is_a_point():
    assert intervals.bootstrap(np.full(54, 0.75)) == (0.75, 0.75)
