"""What a train step of the paper's network spends its time on."""

import collections
import gzip
import json
import pathlib
import re
import tempfile
import time
from collections.abc import Iterable, Mapping

import jax
import ml_collections
import numpy as np

from imgforensics.benchmark import ours
from imgforensics.benchmark.images import smooth
from imgforensics.errors import UserError
from imgforensics.training import devices

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
    REST: "",
}
_DIRECTIONS = ("3x3 convolutions and pooling",)  # told apart: forward and backward
_BACKWARD = r"\btranspose\(jvp"
_MOST_EVENTS = 1_000_000  # that JAX writes of a trace; others are left out


def measure(config: ml_collections.ConfigDict) -> dict:
    """Profiles one step, after two that are not.

    Args:
        config: of a run of the paper's network.

    Returns:
        `seconds` that the profiled step took; `milliseconds`, by group, from begin to end of its
        operations, without those inside of others; and `shares` of their sum. Operations that run
        side by side count each.

    Raises:
        UserError: the step has more operations than a trace holds.
    """
    stepper = ours.whole(config)
    random = np.random.default_rng(config.seed)
    sources = devices.replicate(smooth(random, 2 * config.batch_size), 1)
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
        [path] = pathlib.Path(folder).rglob("*.trace.json.gz")
        events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
    if len(events) >= _MOST_EVENTS:
        raise UserError("a step has more operations than a trace holds: profile a smaller batch")
    spent = grouped(events, op_names(step.as_text()))
    total = sum(spent.values())
    return {
        "seconds": seconds,
        "milliseconds": spent,
        "shares": {group: each / total for group, each in spent.items()},
    }


def op_names(program: str) -> dict[str, str]:
    """Where each instruction of a compiled program comes from, by its name.

    A fusion has the name of its root. Instructions that the compiler made up have none.
    """
    found = re.findall(
        r'^\s*(?:ROOT )?%?([\w.-]+) = .*metadata=\{[^}]*?op_name="([^"]*)"', program, re.MULTILINE
    )
    return dict(found)


def grouped(events: Iterable[dict], names: Mapping[str, str]) -> dict[str, float]:
    """The milliseconds of a trace's operations by group, largest first.

    Args:
        events: of the trace; those that are no operations are passed over.
        names: from `op_names`.
    """
    spent = collections.Counter()
    for operation, microseconds in _own_times(events):
        spent[group(names.get(operation, ""))] += microseconds / 1000
    return dict(spent.most_common())


def group(name: str) -> str:
    """Which group an operation of this name belongs to."""
    found = next(title for title, pattern in _GROUPS.items() if re.search(pattern, name))
    if found in _DIRECTIONS:
        found += ", backward" if re.search(_BACKWARD, name) else ", forward"
    return found


def _own_times(events):
    """Operations and microseconds, without those of operations inside: loops hold their bodies."""
    threads = collections.defaultdict(list)
    for event in events:
        if event.get("ph") == "X" and "hlo_op" in event.get("args", {}):
            threads[event["pid"], event["tid"]].append(event)
    for thread in threads.values():
        thread.sort(key=lambda event: (event["ts"], -event["dur"]))
        around = []  # the ends of the operations that the next one may be inside of
        for event in thread:
            end, operation = event["ts"] + event["dur"], event["args"]["hlo_op"]
            while around and around[-1][0] < end:
                around.pop()
            if around:
                yield around[-1][1], -event["dur"]
            yield operation, event["dur"]
            around.append((end, operation))
