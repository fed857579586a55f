import numpy as np
import pytest

from imgforensics.metrics import intervals


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


def test_few_source_images_are_drawn_one_by_one():
    units = np.array(["b", "a", "b", "c"])
    assert intervals.groups(units).tolist() == [1, 0, 1, 2]


@pytest.mark.parametrize("largest", [1, 40])
def test_many_source_images_are_drawn_in_even_groups(largest):
    sizes = np.random.RandomState(0).randint(1, largest + 1, size=3000)
    units = np.random.RandomState(1).permutation(np.repeat(np.arange(3000), sizes))
    groups = intervals.groups(units)
    together = set(zip(units.tolist(), groups.tolist()))
    assert len(together) == 3000  # a source image is never divided
    filled = np.bincount(groups)
    assert len(filled) == 512 and np.ptp(filled) <= max(1, 0.15 * filled.mean())


def test_multiplicities_are_those_of_drawing_with_replacement():
    drawn = intervals.multiplicities(30)
    assert drawn.shape == (1000, 30) and (drawn.sum(1) == 30).all()
    assert drawn.mean() == 1 and drawn.var() == pytest.approx(1 - 1 / 30, rel=0.03)
    np.testing.assert_array_equal(drawn, intervals.multiplicities(30))


def test_interval_of_replicates():
    values = np.linspace(0, 1, 1001)
    assert intervals.of_replicates(values, 0.5, 10) == pytest.approx((0.025, 0.975))
    some = np.where(np.arange(1001) % 2, np.nan, values)
    assert intervals.of_replicates(some, 0.5, 10) == pytest.approx((0.025, 0.975))


@pytest.mark.parametrize("share, expected", [(0.0, (0, 0.277533)), (1.0, (0.722467, 1))])
def test_replicates_without_any_error_leave_room_for_some(share, expected):
    found = intervals.of_replicates(np.full(9, share), share, 10)
    assert found == pytest.approx(expected, abs=2e-6)
    assert intervals.of_replicates(np.full(9, np.nan), share, 10) == found


def test_interval_of_a_mean_by_its_sources():
    """Ten images of each source are all right or all wrong: it is as if there were one of each."""
    rng = np.random.RandomState(0)
    right = (rng.rand(200) < 0.7).astype(float)
    low, high = intervals.of_mean(np.repeat(right, 10), np.repeat(np.arange(200), 10))
    half = 1.96 * right.std() / np.sqrt(200)
    assert (low, high) == pytest.approx((right.mean() - half, right.mean() + half), abs=0.01)
    # Where sources differ in size the mean is one over what was drawn, and of ones it stays one.
    uneven = intervals.of_mean(np.ones(10), np.repeat([0, 1, 2], [1, 2, 7]))
    assert uneven == intervals.wilson(10, 10)
