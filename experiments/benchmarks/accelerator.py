"""How fast a training step is on this device: by precision and size of the batch.

What is measured fits into minutes: all programs are compiled side by side, in the order in which
they matter, and what is not ready in time is left out. Nothing but this library is needed.
"""

import concurrent.futures
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from experiments.benchmarks import ours, profile
from experiments.benchmarks.images import smooth
from imgforensics import losses
from imgforensics.evaluation import results
from imgforensics.models import build
from imgforensics.models.interface import ANCHOR, DIFFERENT, SAME
from imgforensics.training import state as states
from imgforensics.utils import machine

# By name: config.model.dtype and config.matmul_precision.
PRECISIONS = {
    "bfloat16": ("bfloat16", "default"),
    "TF32": ("float32", "tensorfloat32"),
    "float32": ("float32", "float32"),
}
_REPEATS = 5
_SIDES = {"cpu": 1024}  # of the matrices whose product is the device's peak
_SIDE = 8192  # on other platforms
_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")


class Program(NamedTuple):
    """A compiled step and what it is called with.

    Attributes:
        step: from state and images to state and scalars; the state is donated.
        state, images: of the first call.
        seconds: that compiling took.
    """

    step: Callable
    state: states.State
    images: jax.Array
    seconds: float


def describe() -> dict:
    """The devices, as plain values: kind, platform, number and bytes of each one's memory."""
    device = jax.local_devices()[0]
    memory = (device.memory_stats() or {}).get("bytes_limit")
    return {
        "kind": device.device_kind,
        "platform": device.platform,
        "devices": jax.local_device_count(),
        "memory": memory,
        "host": machine.describe(),
    }


def measure(
    config: ml_collections.ConfigDict,
    batches: Sequence[int],
    precisions: Sequence[str],
    seconds: float,
    side: int | None = None,
) -> dict:
    """Times whole steps: draws, manipulations, forward and backward pass, update.

    Args:
        config: of a run; batch size and precision are replaced.
        batches: sizes of the batch, the most important ones first.
        precisions: of `PRECISIONS`, likewise.
        seconds: after which nothing more is begun.
        side: of the matrices whose product is the peak; as the platform needs it, if None.

    Returns:
        A JSON-able record under `accelerator`: the device, the peak of each precision, a row for
        each combination, and where the time of a step of the first one goes. A row that could not
        be measured says why.
    """
    end = time.monotonic() + seconds
    configs = [
        (name, batch, _altered(config, name, batch)) for batch in batches for name in precisions
    ]
    pictures = smooth(np.random.default_rng(config.seed), 2 * max(batches))
    side = side or _SIDES.get(jax.default_backend(), _SIDE)
    peaks = {name: _peak(name, side) for name in precisions}
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    try:
        compiling = [pool.submit(_compile, each, pictures) for _, _, each in configs]
        rows = []
        for (name, batch, each), future in zip(configs, compiling):
            row = {"precision": name, "batch": batch}
            rows.append(row | _row(each, future, peaks[name], end))
            print(f"{name}, batches of {batch}: {_told(rows[-1])}", flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    found = {"device": describe(), "peaks": peaks, "rows": rows}
    if time.monotonic() < end:
        found["profile"] = _profile(configs[0][2])
    return {
        "accelerator": found,
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in _PACKAGES},
            "commit": results.commit(),
        },
        "config": json.loads(config.to_json()),
    }


def operations(config: ml_collections.ConfigDict) -> float:
    """Floating-point operations of a batch's forward and backward pass, as they are written down.

    Two for each multiplication of convolutions and matrix products, and what is done to each
    number besides; manipulations, loss and optimizer are left out.
    """
    network, side = build.network(config.model), config.manipulations.output_size
    taken = _branches(config)
    state = jax.eval_shape(
        lambda: states.create(config, network, states.make_optimizer(config.optimizer))
    )

    def total(params, moments, images):
        variables = {"params": params, "moments": moments}
        return network.apply(variables, images, branches=taken)[0].sum()

    images = jax.ShapeDtypeStruct((len(taken), config.batch_size, side, side), jnp.float32)
    lowered = jax.jit(jax.grad(total)).lower(state.latest.params, state.latest.moments, images)
    return lowered.cost_analysis()["flops"]


def _branches(config):
    return (ANCHOR, SAME, DIFFERENT) if losses.takes_different(config.loss) else (ANCHOR, SAME)


def _altered(config, precision, batch):
    config = config.copy_and_resolve_references()
    config.model.dtype, config.matmul_precision = PRECISIONS[precision]
    config.batch_size, config.budget_seconds = batch, 0.0
    return config.lock()


def _peak(precision, side):
    """Operations a second of one large product of random matrices."""
    dtype, matmul = PRECISIONS[precision]
    keys = jax.random.split(jax.random.key(0))
    one, other = (jax.random.normal(key, (side, side), dtype) for key in keys)
    with jax.default_matmul_precision(matmul):
        product = jax.jit(jnp.matmul).lower(one, other).compile()
    product(one, other).block_until_ready()
    taken = [_timed(lambda: product(one, other)) for _ in range(_REPEATS)]
    return 2 * side**3 / statistics.median(taken)


def _timed(call):
    start = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - start


def _compile(config, pictures):
    stepper = ours.whole(config)
    images = ours.everywhere(pictures[: 2 * config.batch_size])
    start = time.perf_counter()
    step = jax.jit(stepper.function, donate_argnums=0).lower(stepper.state, images).compile()
    return Program(step, stepper.state, images, time.perf_counter() - start)


def _row(config, future, peak, end):
    try:
        program = future.result(timeout=max(0.0, end - time.monotonic()))
        taken = _steps(program)
    except (TimeoutError, concurrent.futures.CancelledError):
        return {"failed": "not compiled in time"}
    except jax.errors.JaxRuntimeError as error:  # out of memory, mostly
        return {"failed": str(error).splitlines()[0][:200]}
    median = statistics.median(taken)
    images = len(_branches(config)) * config.batch_size
    return {
        "images_per_second": images / median,
        "seconds": taken,
        "compiling": program.seconds,
        "share_of_peak": operations(config) / median / (peak * jax.local_device_count()),
        "temporary": program.step.memory_analysis().temp_size_in_bytes,
    }


def _steps(program):
    state, taken = program.state, []
    for number in range(1 + _REPEATS):
        start = time.perf_counter()
        state, _scalars = jax.block_until_ready(program.step(state, program.images))
        if number > 0:
            taken.append(time.perf_counter() - start)
    return taken


def _profile(config):
    try:
        return profile.measure(config)
    except Exception as error:  # of a profiler that is not there: the rest is worth keeping
        return {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:200]}


def _told(row):
    if "failed" in row:
        return row["failed"]
    return (
        f"{row['images_per_second']:.0f} images/s, {row['share_of_peak']:.1%} of the peak, "
        f"{row['temporary'] / 2**30:.2f} GiB, compiled in {row['compiling']:.0f} s"
    )
