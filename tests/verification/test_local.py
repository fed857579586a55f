"""f with local matches: keypoints lower f, and nothing raises it."""

import pickle

import numpy as np
import pytest

from imgforensics.verification import gate, local


@pytest.fixture(scope="module")
def descriptions(tissue):
    places = ((150, 150), (170, 165), (20, 330), (330, 20))
    return np.stack([gate.describe(tissue[y : y + 128, x : x + 128]) for y, x in places])


def test_keypoints_in_common_lower_f_and_others_leave_it(descriptions):
    f = np.array([0.9, 0.9, 0.9])
    near, far, farther = local.scores(descriptions, np.array([[0, 1], [0, 2], [3, 2]]), f)
    assert near < 0 < 1 < min(far, farther)
    # Without any support, log(1 + 0) takes nothing off.
    blank = np.zeros_like(descriptions)
    np.testing.assert_allclose(local.scores(blank, np.array([[0, 1]]), f[:1]), f[:1] + 0.99)


def test_neither_order_nor_company_matters(descriptions):
    pairs = np.array([[0, 1], [0, 2], [1, 3], [2, 0], [1, 0]])
    together = local.scores(descriptions, pairs, np.full(5, 0.5))
    each = [local.scores(descriptions, pair[None], np.array([0.5]))[0] for pair in pairs]
    np.testing.assert_allclose(together, each, rtol=1e-6)
    np.testing.assert_allclose(together[[0, 1]], together[[4, 3]], rtol=1e-6)
    assert local.scores(descriptions, np.zeros((0, 2), int), np.zeros(0)).shape == (0,)


def test_many_candidates_of_a_query_are_matched_in_few_calls(descriptions, monkeypatch):
    monkeypatch.setattr(local, "_AT_ONCE", 3)
    pairs, f = np.array([[0, 1], [0, 2], [0, 3], [0, 0], [0, 1], [2, 1]]), np.full(6, 0.5)
    calls = []

    def mapped(function, queries, candidates):
        calls.extend(zip(queries, candidates, strict=True))
        # As of a pool, which pickles what it is given.
        return [function(*pickle.loads(pickle.dumps(each))) for each in calls]

    found = local.scores(descriptions, pairs, f, mapped)
    np.testing.assert_allclose(found, local.scores(descriptions, pairs, f), rtol=1e-12)
    # First to second images 0: 3 + 2, 2: 1; back 0: 1, 1: 3, 2: 1, 3: 1.
    assert sorted(len(candidates) for _, candidates in calls) == [1, 1, 1, 1, 2, 3, 3]
