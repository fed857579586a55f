import numpy as np
import pytest

from imgforensics.evaluation import real
from imgforensics.inference import embed
from imgforensics.metrics import intervals

LABELS = np.repeat(["b", "a", "d", "c"], [2, 3, 4, 5])


def test_pairs_of_a_run():
    rng = np.random.RandomState(0)
    others, members, seen = set(), set(), set()
    for _ in range(300):
        first, same, different = real.draw_pairs(LABELS, rng)
        assert LABELS[first].tolist() == LABELS[same].tolist() == ["a", "b", "c", "d"]
        assert (first != same).all() and (LABELS[different] != LABELS[first]).all()
        others |= set(zip(LABELS[first], LABELS[different]))
        members |= set(zip(first.tolist(), same.tolist()))
        seen |= set(different.tolist())
    assert len(others) == 12  # every other class comes
    assert len(members) == 2 * 1 + 3 * 2 + 4 * 3 + 5 * 4  # and every ordered pair
    assert seen == set(range(14))  # and every image


def oracle(first, second):
    return (LABELS[first] == LABELS[second]).astype(float)


def test_an_oracle_is_always_right():
    found = real.protocol(oracle, LABELS, runs=10, seed=0)
    assert found["accuracy"] == 1 and found["interval"] == (1, 1) and found["sd"] == 0
    assert found["runs"] == [1] * 10 and found["decisions"] == 80
    assert found["classes"] == ["a", "b", "c", "d"] and found["images"] == 14
    assert np.array(found["likelihood_same"]).shape == (10, 4)
    assert np.all(found["likelihood_same"]) and not np.any(found["likelihood_different"])


def test_accuracy_its_spread_and_interval_by_hand():
    def mistaken(first, second):
        """Takes everything of class a for a copy."""
        return np.where(LABELS[first] == "a", 1.0, oracle(first, second))

    found = real.protocol(mistaken, LABELS, runs=5, seed=0)
    assert found["runs"] == [7 / 8] * 5
    assert found["interval"] == intervals.bootstrap(np.array([0.5, 1, 1, 1]))

    rng, answers = np.random.RandomState(1), []

    def random(first, second):
        answers.append(rng.rand(len(first)))
        return answers[-1]

    found = real.protocol(random, LABELS, runs=6, seed=0)
    runs = [np.mean([*(a[:4] >= 0.5), *(a[4:] < 0.5)]) for a in answers]
    assert found["runs"] == pytest.approx(runs)
    assert found["accuracy"] == pytest.approx(np.mean(runs))
    assert found["sd"] == pytest.approx(np.sqrt(np.sum((runs - np.mean(runs)) ** 2) / 5))
    np.testing.assert_array_equal(found["likelihood_same"], [a[:4] for a in answers])


def test_a_half_is_a_copy_and_a_single_run_has_no_spread():
    found = real.protocol(lambda first, second: np.full(len(first), 0.5), LABELS, 1, 0)
    assert found["accuracy"] == 0.5 and found["sd"] is None


def test_the_seed_decides_the_pairs():
    def number(first, second):
        return first / 20 + second / 400

    runs = [real.protocol(number, LABELS, 3, seed)["likelihood_same"] for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("scoring, branches", [("v01", [0, 1]), ("v02", [0, 1, 2])])
def test_running_moments_of_the_branches(model, patches, monkeypatch, scoring, branches):
    seen = []

    def spy(model, images, branch):
        seen.append(branch)
        return embed.embed(model, images, branch)

    monkeypatch.setattr(real, "embed", spy)
    score = real.running_scorer(model, *real.embed_cases(model, patches, scoring))
    i, j = np.array([3, 50, 3]), np.array([7, 3, 3])
    assert seen == branches
    each = [embed.embed(model, patches, branch) for branch in branches]
    expected = embed.likelihood(model, each[0][i], *[part[j] for part in each[1:]])
    np.testing.assert_array_equal(score(i, j), expected)


def test_batch_moments_are_those_of_the_first_and_of_the_second_images(model, patches):
    score = real.batch_scorer(model, patches)
    i, j = np.arange(10), np.arange(10, 20)
    first, second = (embed.embed_together(model, patches[k]) for k in (i, j))
    np.testing.assert_array_equal(score(i, j), embed.likelihood(model, first, second))
    assert score(i, i) == pytest.approx(1 / (1 + np.exp(-1)))
