"""Turns, rates, checks, targets and the count of operations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import paper
from experiments.benchmarks import agreement, operations, targets, timing
from imgforensics.models import build
from imgforensics.utils.errors import UserError


def test_turns_are_taken_and_the_first_is_not_counted():
    calls = []
    functions = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    seconds = timing.by_turns(functions, repeats=2, title="")
    assert "".join(calls) == "abcabcabc"
    assert {name: len(each) for name, each in seconds.items()} == {"a": 2, "b": 2, "c": 2}
    assert all(one >= 0 for each in seconds.values() for one in each)


def test_rates_and_ratios_are_medians():
    ours = timing.rate(10, [1.0, 5.0, 2.0], unit="images")
    theirs = timing.rate(20, [4.0, 4.0, 4.0], unit="images")
    assert ours["per_second"] == 5 and theirs["per_second"] == 5
    assert ours["unit"] == "images" and ours["amount"] == 10
    compared = timing.against(ours, {"theirs": theirs})
    assert compared["ratios"]["theirs"] == {"each": [2.0, 0.4, 1.0], "median": 1.0}
    assert compared["ours"] is ours and compared["peers"] == {"theirs": theirs}


def test_small_differences_are_recorded():
    check = agreement.require("numbers", 0.5, 1.0)
    assert check == {"quantity": "numbers", "difference": 0.5, "tolerance": 1.0}


@pytest.mark.parametrize("difference", [1.1, np.nan, np.inf])
def test_large_differences_are_refused(difference):
    with pytest.raises(UserError, match="not timed, since numbers differ"):
        agreement.require("numbers", difference, 1.0)


def test_relative_difference():
    assert agreement.relative(np.array([3.0, 4.0]), np.array([3.0, 4.5])) == pytest.approx(0.1)


def part(ratio):
    return {"ratios": {"first": {"median": ratio}, "second": {"median": 0}}}


def test_targets_are_met_at_their_bounds():
    training = part(0.99) | {"manipulations": {"share_of_step": 0.03}}
    commands = {"a": {"median": 0.5}, "b": {"median": 2.5}}
    judged = targets.judge(
        {
            "manipulations": part(25),
            "training": training,
            "start": {"first_lines": commands},
            "memory": {"peak": 2**33},
        }
    )
    assert [(target["part"], target["value"], target["met"]) for target in judged] == [
        ("manipulations", 25, True),
        ("training", 3.0, True),
        ("training", 0.99, False),
        ("training", 0.99, False),
        ("start", 2.5, False),
        ("memory", 8, True),
    ]


def test_the_better_peer_counts():
    two = {"ratios": {"slow": {"median": 2.0}, "fast": {"median": 1.4}}}
    [judged] = targets.judge({"embedding": two})
    assert judged["value"] == 1.4 and not judged["met"]


def test_operations_are_those_of_the_paper():
    network = build.network(paper.get_config().model)
    variables = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.zeros((3, 1, 128, 128))))
    counts = operations.forward(variables["params"], 128)
    # Twice the multiplications, block by block; then the head's 1x1 convolution and dense layers.
    blocks = [
        128**2 * (9 * 1 * 16 + 9 * 16 * 16),
        64**2 * (16 * 16 + 9 * 16 * 32 + 9 * 32 * 32),
        32**2 * (32 * 32 + 9 * 32 * 64 + 9 * 64 * 64),
        16**2 * (64 * 64 + 9 * 64 * 128 + 9 * 128 * 128),
    ]
    total = 2 * (sum(blocks) + 8**2 * 128 * 128 + 8192 * 1024 + 1024 * 128)
    assert sum(counts.values()) == total
    first = 2 * 128**2 * 9 * 16
    assert operations.step(variables["params"], 128) == 3 * total - first
