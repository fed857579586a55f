import numpy as np
import pytest

from imgforensics.losses.mining import MINERS


def loop_hard(same, others, negatives):
    best = None
    for number, distance in enumerate(others):
        if negatives[number] and (best is None or distance < others[best]):
            best = number
    return [number == best for number in range(len(others))]


def loop_semi_hard(same, others, negatives):
    farther = [mark and distance > same for mark, distance in zip(negatives, others, strict=True)]
    return loop_hard(same, others, farther)


LOOPS = {"hard": loop_hard, "semi_hard": loop_semi_hard, "all": lambda same, others, marks: marks}


def test_every_miner_has_a_loop():
    assert LOOPS.keys() == MINERS.keys()


@pytest.mark.parametrize("name", MINERS)
def test_miner_chooses_what_the_loop_chooses(name):
    rng = np.random.default_rng(0)
    same = rng.integers(0, 6, 40).astype(np.float32)  # whole numbers, so that some are equal
    others = rng.integers(0, 6, (40, 9)).astype(np.float32)
    negatives = rng.random((40, 9)) < 0.5
    negatives[0] = False
    expected = [LOOPS[name](*row) for row in zip(same, others, negatives, strict=True)]
    found = np.asarray(MINERS[name](same, others, negatives))
    np.testing.assert_array_equal(found, expected)
    assert found.any() and not (found & ~negatives).any()


def test_choice_by_hand():
    same, others = np.array([2.0]), np.array([[1.0, 2.0, 4.0, 3.0, 2.5]])
    negatives = np.array([[True, True, True, True, False]])
    chosen = {name: np.flatnonzero(mine(same, others, negatives)) for name, mine in MINERS.items()}
    assert {name: list(found) for name, found in chosen.items()} == {
        "semi_hard": [3],  # the nearest beyond 2; the nearer 2.5 is no negative
        "hard": [0],
        "all": [0, 1, 2, 3],
    }


def test_semi_hard_chooses_none_where_no_negative_is_farther_than_the_same_image():
    same, others = np.array([3.0, 1.0]), np.array([[1.0, 3.0], [1.0, 2.0]])
    chosen = MINERS["semi_hard"](same, others, np.ones((2, 2), bool))
    np.testing.assert_array_equal(chosen, [[False, False], [False, True]])
