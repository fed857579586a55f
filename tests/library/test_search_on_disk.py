"""The search in pieces against sorted distances of all pairs."""

import os
import pathlib
import re

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


def test_whatever_the_pieces_the_bits_are_the_same(monkeypatch):
    rng = np.random.default_rng(1)
    metric = Metric(rng.uniform(0.5, 1.5, 16).astype(np.float32))
    queries, index = (rng.normal(size=(n, 16)).astype(np.float32) for n in (200, 2100))
    labels = np.ones(len(queries), int), np.zeros(len(index), int)

    def found():
        return search.nearest(metric, queries, labels[0], index, labels[1], 30)

    usual = found()
    monkeypatch.setattr(search, "_QUERIES", (256,))
    monkeypatch.setattr(search, "_ROWS", (4096,))
    for one, other in zip(usual, found()):
        np.testing.assert_array_equal(one, other, strict=True)


@pytest.mark.parametrize("count", [1, 64, 65, 127, 520, 700, 1024, 1500, 70000])
def test_pieces_hold_all_and_little_else(count):
    for sizes in (search._QUERIES, search._ROWS):
        pieces = search._pieces(count, sizes)
        ends = [start + size for start, size in pieces]
        assert [start for start, _ in pieces] == [0, *ends[:-1]] and ends[-1] >= count
        assert sum(size for _, size in pieces) <= 1.5 * count + sizes[0]
    assert search._pieces(0, search._QUERIES) == []


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="needs Linux")
def test_a_mapped_file_does_not_fill_memory(tmp_path):
    index = np.random.default_rng(0).normal(size=(20_000, 128)).astype(np.float32)
    index.tofile(tmp_path / "index")
    mapped = np.memmap(tmp_path / "index", np.float32, "r", shape=index.shape)
    mapped.sum()  # all of it is there
    assert resident(tmp_path / "index") > 0.9 * index.nbytes
    metric, labels = Metric(np.ones(128, np.float32)), np.zeros(len(index), int)

    def found(index):
        return search.nearest(metric, index[:2], np.ones(2, int), index, labels, 3)

    in_memory = found(index)
    for one, other in zip(found(mapped), in_memory):
        np.testing.assert_array_equal(one, other)
    assert resident(tmp_path / "index") < 0.5 * index.nbytes


def resident(path):
    """How many bytes of a mapped file are in the memory of this process."""
    _, _, told = pathlib.Path("/proc/self/smaps").read_text().partition(str(path))
    return 1024 * int(re.search(r"Rss: +(\d+) kB", told)[1])


def test_rows_that_take_no_part_are_never_found():
    index = np.zeros((10, 4), np.float32)
    theirs = np.array([-1, 1] * 5)
    f, rows = search.nearest(Metric(np.ones(4)), index[:1], np.array([0]), index, theirs, 8)
    assert rows[0, :5].tolist() == [1, 3, 5, 7, 9] and np.isinf(f[0, 5:]).all()
