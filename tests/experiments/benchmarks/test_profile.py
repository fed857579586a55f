"""Where a step's time goes: names of operations, their own times, and a small step."""

import pytest

from experiments.benchmarks import profile

_PROGRAM = """
HloModule jit_step, is_scheduled=true
%body (p: f32[4]) -> f32[4] {
  ROOT %fusion.2 = f32[4]{0} fusion(%p), metadata={op_name="jit(f)/jvp(Network)/Network._block/mul"}
}
ENTRY %main {
  %made_up = f32[4]{0} copy(%a)
  while.1 = f32[4]{0} while(%made_up), metadata={op_type="while" op_name="jit(f)/while" line=3}
}
"""


def test_names_are_those_of_instructions_that_have_one():
    assert profile.op_names(_PROGRAM) == {
        "fusion.2": "jit(f)/jvp(Network)/Network._block/mul",
        "while.1": "jit(f)/while",
    }


@pytest.mark.parametrize(
    "name, group",
    [
        ("jit(f)/manipulations/vmap()/gather", "manipulations"),
        ("jit(f)/optimizer/mul", "optimizer"),
        ("jit(f)/jvp(Network)/Network._block/while/body/mul", "3x3 convolutions and pooling, forw"),
        ("transpose(jvp(Network))/Network._block/while", "3x3 convolutions and pooling, backward"),
        ("Network/Network._block/Network._opening/Network._conv/dot_general", "1x1 convolutions"),
        ("Network/Network._block/Network._opening/square", "normalisations and LRN"),
        ("Network/Network._block/Network._norm/block0_norm/mul", "normalisations and LRN"),
        ("Network/Network._dense/hidden/dot_general", "dense layers"),
        ("jit(f)/jvp(Network)/sub", "pixel normalisation"),
        ("jit(f)/reduce_sum", "rest"),
        ("", "rest"),
    ],
)
def test_groups(name, group):
    assert profile.group(name).startswith(group)


def test_operations_inside_of_others_count_once():
    names = {"loop": "optimizer", "body": "Network._dense"}
    traced = [
        profile.Operation(1, 2e6, 1e6, "body"),
        profile.Operation(1, 1e6, 5e6, "loop"),
        profile.Operation(1, 3e6, 1e6, "body"),
        profile.Operation(2, 1e6, 0.5e6, "body"),
        profile.Operation(1, 6e6, 0.25e6, "unknown"),
    ]
    assert profile.grouped(traced, names) == {"optimizer": 3, "dense layers": 2.5, "rest": 0.25}


def test_a_small_step(trifle):
    measured = profile.measure(trifle)
    assert measured["shares"].keys() == {
        "manipulations",
        "optimizer",
        "1x1 convolutions",
        "dense layers",
        "normalisations and LRN",
        "3x3 convolutions and pooling, forward",
        "3x3 convolutions and pooling, backward",
        "pixel normalisation",
        "rest",
    }
    assert sum(measured["shares"].values()) == pytest.approx(1)
    assert min(measured["milliseconds"].values()) > 0 and measured["seconds"] > 0
