"""What is aimed at, and whether a record of the benchmark reaches it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Target(NamedTuple):
    """A bound on one number of the benchmark.

    Attributes:
        part: of the benchmark that measures it.
        name: of the number.
        value: the number, of that part's record.
        bound: what it may at least or at most be.
        at_least: which of the two.
        unit: what follows the number.
        aim: whether more is hoped for than has to be.
    """

    part: str
    name: str
    value: Callable[[dict], float]
    bound: float
    at_least: bool
    unit: str
    aim: bool = False


def _first_ratio(part):
    return next(iter(part["ratios"].values()))["median"]


def _least_ratio(part):
    return min(ratio["median"] for ratio in part["ratios"].values())


def _share(part):
    return 100 * part["manipulations"]["share_of_step"]


def _slowest(part):
    return max(command["median"] for command in part["first_lines"].values())


def _peak(part):
    return part["peak"] / 2**30


TARGETS = (
    Target("manipulations", "rate to scikit-image and Pillow", _first_ratio, 25, True, "×"),
    Target("training", "manipulations' share of a step", _share, 3, False, " %"),
    Target("training", "rate to PyTorch", _first_ratio, 1, True, "×"),
    Target("training", "rate to PyTorch", _first_ratio, 1.25, True, "×", aim=True),
    Target("embedding", "rate to PyTorch", _least_ratio, 1.5, True, "×"),
    Target("search", "rate to FAISS", _first_ratio, 1, True, "×"),
    Target("start", "first line of the slowest command", _slowest, 2, False, " s"),
    Target("memory", "peak memory of a step", _peak, 8, False, " GiB"),
)


def judge(measured: Mapping[str, dict]) -> list[dict]:
    """Compares what was measured with the targets.

    Args:
        measured: records of the benchmark's parts by their names.

    Returns:
        Part, name, value, bound, at_least, unit, aim and whether it is met, of each target whose
        part was measured.
    """
    judged = []
    for target in TARGETS:
        if target.part in measured:
            value = target.value(measured[target.part])
            met = value >= target.bound if target.at_least else value <= target.bound
            judged.append(target._asdict() | {"value": value, "met": met})
    return judged
