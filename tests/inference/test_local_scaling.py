"""f over how near the neighbours of both images are."""

import numpy as np
import pytest

from imgforensics.inference import local_scaling


def test_the_spacing_is_the_mean_of_the_sixth_to_tenth_neighbour():
    near = np.sort(np.random.RandomState(0).uniform(0.6, 2, (7, 15)), axis=1).astype(np.float32)
    found = local_scaling.spacing(near)
    np.testing.assert_allclose(found, near[:, 5:10].mean(axis=1), rtol=1e-6)
    assert found.dtype == np.float32
    # What is nearer may be copies, and what is farther off is another matter.
    changed = near.copy()
    changed[:, :5], changed[:, 10:] = 0, 9
    np.testing.assert_array_equal(local_scaling.spacing(changed), found)


@pytest.mark.parametrize("others", [1, 4, 5, 7])
def test_of_fewer_neighbours_the_farthest_five_count(others):
    near = np.full((1, 10), np.inf)
    near[0, :others] = 0.7 + 0.1 * np.arange(others)
    counted = near[0, max(others - 5, 0) : others]
    for given in (near, near[:, :others]):
        assert local_scaling.spacing(given)[0] == pytest.approx(counted.mean())


def test_copies_without_end_and_no_neighbours_at_all_leave_f_in_bounds():
    assert local_scaling.spacing(np.zeros((2, 12))).tolist() == [0.5, 0.5]
    assert local_scaling.spacing(np.full((2, 12), -3.0)).tolist() == [0.5, 0.5]  # alpha < 0
    assert local_scaling.spacing(np.full((1, 4), np.inf)).tolist() == [1]
    assert local_scaling.spacing(np.zeros((3, 0))).tolist() == [1, 1, 1]


def test_f_is_divided_by_the_geometric_mean():
    f, spacing = np.array([[0, 0.5], [0.5, 0]]), np.array([0.5, 2])
    found = local_scaling.normalized(f, spacing[:, None], spacing)
    np.testing.assert_allclose(found, [[0, 0.5], [0.5, 0]])
    np.testing.assert_array_equal(found, found.T)
    assert local_scaling.normalized(0.6, np.float32(0.9), np.float32(0.4)) == pytest.approx(1)
