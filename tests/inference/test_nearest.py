"""The search against sorted distances of all pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.inference import nearest
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError


def oracle(alpha, queries, index, k, own=None):
    """Distances in float64 and rows, sorted by both."""
    distances, rows = [], []
    for number, query in enumerate(np.asarray(queries, np.float64)):
        each = np.abs(index - query) @ alpha
        if own is not None:
            each[own[number]] = np.inf
        rows.append(np.argsort(each, kind="stable")[:k])
        distances.append(each[rows[-1]])
    return np.array(distances), np.array(rows)


def agree(found, expected):
    for ours, theirs, dtype in zip(found, expected, (jnp.float32, jnp.int32), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def normal(seed, *shape):
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


# One tile; several blocks of both; more neighbours than groups; every row; features in one pass.
@pytest.mark.parametrize(
    "count, size, features, k",
    [(3, 40, 5, 4), (70, 17000, 3, 10), (2, 700, 9, 50), (4, 33, 16, 33), (1, 1, 1, 1)],
)
def test_nearest_of_all_pairs(count, size, features, k):
    alpha = normal(0, features)  # of both signs
    queries, index = normal(1, count, features), normal(2, size, features)
    found = nearest.nearest(Metric(alpha), queries, index, k)
    agree(found, oracle(alpha, queries, index, k))


@pytest.mark.parametrize("k", [1, 7, 150])
def test_equal_distances_come_in_the_order_of_rows(k):
    """Few whole numbers, so that distances are exact and most of them equal."""
    random = np.random.RandomState(0)
    alpha = np.array([1, 2, -1])
    queries, index = random.randint(0, 12, (66, 3)), random.randint(0, 12, (17000, 3))
    found = nearest.nearest(Metric(alpha), jnp.asarray(queries), jnp.asarray(index), k)
    for ours, theirs in zip(found, oracle(alpha, queries, index, k), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_collection_is_searched_in_itself():
    alpha, index = np.abs(normal(0, 6)), normal(1, 130, 6)
    index[100] = index[7]  # a copy is found though the image itself is left out
    own = np.arange(130)
    distances, rows = nearest.nearest(Metric(alpha), index, index, 3, own=own)
    agree((distances, rows), oracle(alpha, index, index, 3, own))
    assert rows[7, 0] == 100 and rows[100, 0] == 7 and distances[7, 0] == 0
    part = nearest.nearest(Metric(alpha), index[50:60], index, 3, own=own[50:60])
    np.testing.assert_array_equal(part[1], rows[50:60])


def test_rows_of_the_same_label_are_left_out():
    alpha, queries, index = normal(0, 6), normal(1, 9, 6), normal(2, 300, 6)
    labels, theirs = np.arange(9) % 4, np.arange(300) % 5 - 1  # from -1, which is always left out
    found = nearest.nearest_of_others(Metric(alpha), queries, index, 7, labels, theirs)
    for number, (label, distances, rows) in enumerate(zip(labels, *found, strict=True)):
        others = np.flatnonzero((theirs != label) & (theirs >= 0))
        expected = oracle(alpha, queries[number : number + 1], index[others], 7)
        np.testing.assert_array_equal(rows, others[expected[1][0]])
        np.testing.assert_allclose(distances, expected[0][0], rtol=1e-5, atol=1e-5)


def test_distances_are_infinite_where_too_few_others_are_left():
    index, labels = normal(0, 40, 3), np.repeat([0, 1], [38, 2])
    distances, _ = nearest.nearest_of_others(
        Metric(np.ones(3)), index[:1], index, 5, labels[:1], labels
    )
    assert np.isfinite(distances[0, :2]).all() and np.isinf(distances[0, 2:]).all()


def test_every_other_image():
    alpha, index = normal(0, 4), normal(1, 20, 4)
    _, rows = nearest.nearest(Metric(alpha), index, index, 19, own=np.arange(20))
    np.testing.assert_array_equal(np.sort(rows), [np.delete(np.arange(20), i) for i in range(20)])


@pytest.mark.parametrize("k, own", [(0, None), (6, None), (5, np.arange(5))])
def test_too_many_neighbours_are_refused(k, own):
    with pytest.raises(UserError, match=f"k is {k}"):
        nearest.nearest(Metric(np.ones(2)), normal(0, 5, 2), normal(0, 5, 2), k, own=own)


def test_memory_is_that_of_the_arguments():
    """All pairs would take four gigabytes, arguments and results take one hundred megabytes."""
    shapes = [(128,), (8192, 128), (131072, 128)]
    alpha, *arguments = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    labels = [jax.ShapeDtypeStruct(shape[:1], jnp.int32) for shape in shapes[1:]]
    compiled = nearest._nearest.lower(Metric(alpha), *arguments, 10, *labels).compile()
    held = sum(np.prod(shape) for shape in shapes) * 4
    assert compiled.memory_analysis().temp_size_in_bytes < 2.2 * held
