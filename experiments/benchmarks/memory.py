"""The memory that a train step takes."""

import jax
import ml_collections
import numpy as np

from experiments.benchmarks import ours
from experiments.benchmarks.images import smooth
from imgforensics.utils.peak_memory import peak_memory


def measure(config: ml_collections.ConfigDict) -> dict:
    """Takes two steps; to be called in a process that has done nothing else.

    Args:
        config: of a run.

    Returns:
        Bytes: `peak` of the process, with all that JAX and the compilation took, and what the
        compiled step says of itself, on all devices: `arguments` (state, images), `outputs` that
        don't take the place of arguments, and `temporary`, with `temporary_remat` where blocks are
        computed again.
    """
    random = np.random.default_rng(config.seed)
    sources = ours.everywhere(smooth(random, 2 * config.batch_size))
    step, state = _compiled(config, sources)
    for _ in range(2):
        state, scalars = step(state, sources)
    jax.block_until_ready((state, scalars))
    peak, analysis = peak_memory(), step.memory_analysis()
    config = config.copy_and_resolve_references()
    config.model.remat = True
    remat, _ = _compiled(config, sources)
    on_each = {
        "arguments": analysis.argument_size_in_bytes,
        "outputs": analysis.output_size_in_bytes - analysis.alias_size_in_bytes,
        "temporary": analysis.temp_size_in_bytes,
        "temporary_remat": remat.memory_analysis().temp_size_in_bytes,
    }
    return {"peak": peak} | {name: jax.device_count() * size for name, size in on_each.items()}


def _compiled(config, sources):
    """The step, and the state that it begins with."""
    stepper = ours.whole(config)
    step = jax.jit(stepper.function, donate_argnums=0).lower(stepper.state, sources)
    return step.compile(), stepper.state
