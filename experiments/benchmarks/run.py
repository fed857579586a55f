"""The whole benchmark as one record; importing it needs the peers."""

import concurrent.futures
import importlib.metadata
import json
import multiprocessing
import pathlib
import platform
from collections.abc import Sequence

import ml_collections

from experiments.benchmarks import (
    embedding,
    host_fed,
    manipulations,
    memory,
    peak,
    peers,
    profile,
    search,
    start,
    targets,
    training,
)
from imgforensics.evaluation import results
from imgforensics.training import devices
from imgforensics.utils import machine
from imgforensics.utils.errors import UserError

_PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "numpy",
    "scikit-image",
    "pillow",
    *peers.PACKAGES.values(),
)


def _training(config, repeats, root):
    largest = peak.measure(repeats)
    return {"peak": largest} | training.compare(config, repeats, largest["per_second"])


def _start(config, repeats, root):
    return {"first_lines": start.first_lines(root, repeats), "runs": start.small_runs(root)}


def _memory(config, repeats, root):
    return memory.measure(config) | {"host_fed": host_fed.measure(host_fed.small(config))}


PARTS = {
    "manipulations": lambda config, repeats, root: manipulations.compare(config, repeats),
    "training": _training,
    "embedding": lambda config, repeats, root: embedding.compare(config, repeats),
    "search": lambda config, repeats, root: search.compare(config.seed, repeats),
    "start": _start,
    "memory": _memory,
    "profile": lambda config, repeats, root: profile.measure(config),
}


_STEPS = ("training", "memory", "profile")  # the parts that take train steps


def run(
    config: ml_collections.ConfigDict, repeats: int, root: pathlib.Path, parts: Sequence[str] = ()
) -> dict:
    """Runs the benchmark's parts one after the other, each in a process of its own.

    What a part leaves behind, as the memory that an allocator keeps, would be felt in the next.

    Args:
        config: the run whose manipulations, network and step are timed.
        repeats: timed calls of everything.
        root: the folder of `experiments`, whose start is timed, and `configs`.
        parts: which of `PARTS`; all, if none is named.

    Returns:
        A JSON-able record.

    Raises:
        UserError: there is no such part, or a peer computes something else than we do.
    """
    if unknown := [part for part in parts if part not in PARTS]:
        raise UserError(f"there is no part {unknown[0]!r}; the parts are {', '.join(PARTS)}")
    measured = {part: _apart(part, config, repeats, root) for part in parts or PARTS}
    return {
        "benchmark": measured,
        "targets": targets.judge(measured),
        "machine": machine.describe(),
        "seed": config.seed,
        "repeats": repeats,
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in _PACKAGES},
            "commit": results.commit(),
        },
        "config": json.loads(config.to_json()),
    }


def _apart(*arguments):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as child:
        return child.submit(_measure, *arguments).result()


def _measure(part, config, repeats, root):
    """Measures a part, with as many threads for everyone and the devices of a training."""
    peers.set_threads()
    if part in _STEPS:
        devices.one_for_each_core(config.batch_size)
    return PARTS[part](config, repeats, root)
