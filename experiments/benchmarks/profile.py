"""What a train step spends its time on."""

import collections
import pathlib
import re
import tempfile
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

import jax
import ml_collections
import numpy as np

from experiments.benchmarks import ours
from experiments.benchmarks.images import smooth

REST = "rest"
# Groups by what the name of an operation has in it; the first that fits. In the names are the
# scopes of `training.step` and the methods of `models.network`.
_GROUPS = {
    "manipulations": r"\bmanipulations\b",
    "optimizer": r"\boptimizer\b",
    "1x1 convolutions": r"\bNetwork\._conv\b",
    "dense layers": r"\bNetwork\._dense\b",
    "normalisations and LRN": r"\bNetwork\._(norm|opening)\b",
    "3x3 convolutions and pooling": r"\bNetwork\._block\b",
    "pixel normalisation": r"\bNetwork\b",
    "compact network's normalisations": r"\bCompact\._norm\b",
    "compact network's convolutions": r"\bCompact\._(stem|halve|conv|pooled|arranged)\b",
    "rest of the compact network": r"\bCompact\b",
    REST: "",
}
_MAX_OPERATIONS = 20  # operations that are told one by one
_DIRECTIONS = ("3x3 convolutions and pooling",)  # told apart: forward and backward
_BACKWARD = r"\btranspose\(jvp"


class Operation(NamedTuple):
    """A time that an operation of a program was at work.

    Attributes:
        thread: on which.
        start, duration: in nanoseconds.
        name: of the instruction.
    """

    thread: Hashable
    start: float
    duration: float
    name: str


def measure(config: ml_collections.ConfigDict) -> dict:
    """Profiles one step, after two that are not.

    Args:
        config: of a run.

    Returns:
        `seconds` that the profiled step took; `milliseconds`, by group, from begin to end of its
        operations, without those inside of others; `shares` of their sum; and the `largest`
        operations, each with its place in the program, milliseconds and number of calls.
        Operations that run side by side count each.
    """
    stepper = ours.whole(config)
    random = np.random.default_rng(config.seed)
    sources = ours.everywhere(smooth(random, 2 * config.batch_size))
    step = jax.jit(stepper.function, donate_argnums=0).lower(stepper.state, sources).compile()
    state = stepper.state
    for _ in range(2):
        state, _ = jax.block_until_ready(step(state, sources))
    options = jax.profiler.ProfileOptions()
    options.python_tracer_level = 0
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder, profiler_options=options):
            start = time.perf_counter()
            jax.block_until_ready(step(state, sources))
            seconds = time.perf_counter() - start
        # The trace that is JSON leaves out what is beyond a million events.
        [path] = pathlib.Path(folder).rglob("*.xplane.pb")
        traced = list(operations(jax.profiler.ProfileData.from_file(str(path))))
        names = op_names(step.as_text())
        spent = grouped(traced, names)
    total = sum(spent.values())
    return {
        "seconds": seconds,
        "milliseconds": spent,
        "shares": {group: each / total for group, each in spent.items()},
        "largest": largest(traced, names),
    }


def op_names(program: str) -> dict[str, str]:
    """Where each instruction of a compiled program comes from, by its name.

    A fusion has the name of its root. Instructions that the compiler made up have none.
    """
    found = re.findall(
        r'^\s*(?:ROOT )?%?([\w.-]+) = .*metadata=\{[^}]*?op_name="([^"]*)"', program, re.MULTILINE
    )
    return dict(found)


def operations(profile: jax.profiler.ProfileData) -> Iterator[Operation]:
    """The operations among all that a profile has."""
    for plane in profile.planes:
        for number, line in enumerate(plane.lines):
            for event in line.events:
                if (name := dict(event.stats).get("hlo_op")) is not None:
                    thread = plane.name, number
                    yield Operation(thread, event.start_ns, event.duration_ns, name)


def grouped(traced: Iterable[Operation], names: Mapping[str, str]) -> dict[str, float]:
    """The milliseconds of operations by group, largest first.

    Args:
        traced: the operations.
        names: from `op_names`.
    """
    spent = collections.Counter()
    for name, nanoseconds in _own_times(traced):
        spent[group(names.get(name, ""))] += nanoseconds / 1e6
    return dict(spent.most_common())


def largest(traced: Iterable[Operation], names: Mapping[str, str]) -> list[dict]:
    """The operations that took longest; arguments as of `grouped`."""
    spent, calls = collections.Counter(), collections.Counter()
    for operation in traced:
        calls[operation.name] += 1
    for name, nanoseconds in _own_times(traced):
        spent[name] += nanoseconds / 1e6
    return [
        {
            "name": name,
            "of": names.get(name, ""),
            "milliseconds": milliseconds,
            "calls": calls[name],
        }
        for name, milliseconds in spent.most_common(_MAX_OPERATIONS)
    ]


def group(name: str) -> str:
    """Which group an operation of this name belongs to."""
    found = next(title for title, pattern in _GROUPS.items() if re.search(pattern, name))
    if found in _DIRECTIONS:
        found += ", backward" if re.search(_BACKWARD, name) else ", forward"
    return found


def _own_times(traced):
    """Names and nanoseconds, without those of operations inside: loops hold their bodies."""
    threads = collections.defaultdict(list)
    for operation in traced:
        threads[operation.thread].append(operation)
    for thread in threads.values():
        thread.sort(key=lambda operation: (operation.start, -operation.duration))
        around = []  # ends and names of the operations that the next one may be inside of
        for operation in thread:
            end = operation.start + operation.duration
            while around and around[-1][0] < end:
                around.pop()
            if around:
                yield around[-1][1], -operation.duration
            yield operation.name, operation.duration
            around.append((end, operation.name))
