"""The search in pieces against sorted distances of all pairs."""

import numpy as np
import pytest

from imgforensics.library import search
from imgforensics.models.metric import Metric


@pytest.mark.parametrize("count, size", [(3, 40), (70, 300), (130, 129)])
def test_the_search_is_exact_in_whatever_pieces(count, size, monkeypatch, tmp_path):
    monkeypatch.setattr(search, "_QUERIES", (64,))
    monkeypatch.setattr(search, "_ROWS", (64,))
    rng = np.random.default_rng(0)
    alpha = rng.normal(size=5).astype(np.float32)  # of both signs
    queries, index = (rng.normal(size=(n, 5)).astype(np.float32) for n in (count, size))
    labels, theirs = rng.integers(0, 4, count), rng.integers(0, 4, size)
    index.tofile(tmp_path / "index")
    mapped = np.memmap(tmp_path / "index", np.float32, "r", shape=index.shape)
    told = []
    f, rows = search.nearest(Metric(alpha), queries, labels, mapped, theirs, 20, told.append)
    assert sum(told) == count * size
    distances = np.abs(queries[:, None].astype(float) - index) @ alpha
    distances[labels[:, None] == theirs] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :20]
    expected = np.take_along_axis(distances, order, axis=1)
    there = np.isfinite(expected)
    padded = np.full((count, 20), np.inf)
    padded[:, : expected.shape[1]] = expected
    np.testing.assert_allclose(f, padded, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(rows[:, : there.shape[1]][there], order[there])


def test_rows_that_take_no_part_are_never_found():
    index = np.zeros((10, 4), np.float32)
    theirs = np.array([-1, 1] * 5)
    f, rows = search.nearest(Metric(np.ones(4)), index[:1], np.array([0]), index, theirs, 8)
    assert rows[0, :5].tolist() == [1, 3, 5, 7, 9] and np.isinf(f[0, 5:]).all()
