"""Runs that differ in a few numbers only, trained as one program.

Where a network is too small to keep a device busy, several of them side by side take little longer
than one. Their states are stacked, and the step is vmapped over them and over what they differ in.
A run ends as it would alone, up to the rounding of sums that are compiled in another way.
"""

import contextlib
import os
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import ml_collections
import optax
import tqdm

from imgforensics.models import build
from imgforensics.training import budget, devices, initial, inputs, loop, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.run import Program, Run, advance, has_ended
from imgforensics.training.writers import MetricsWriter
from imgforensics.utils import compilation, interrupts
from imgforensics.utils.errors import UserError

# Fields of a config that no compiled program needs to know beforehand.
SCALARS = (
    "seed",
    "optimizer.learning_rate",
    "loss.hardness",
    "loss.margin",
    "loss.contrastive_margin",
)


def groups(configs: Sequence[ml_collections.ConfigDict]) -> list[list[int]]:
    """Which configs can be trained together: numbers of those that differ only in `SCALARS`."""
    alike = {}
    for number, config in enumerate(configs):
        fields = rundir.flatten(config)
        for name in SCALARS:
            del fields[name]
        alike.setdefault(repr(fields), []).append(number)
    return list(alike.values())


def train(
    configs: Sequence[ml_collections.ConfigDict], workdirs: Sequence[str | os.PathLike]
) -> dict[int, str]:
    """Trains several runs, or goes on with them, as `loop.train` does with each alone.

    All of it happens on the first device. A run whose numbers are no longer finite stops, and the
    others go on.

    Args:
        configs: of the runs; they differ in `SCALARS` only.
        workdirs: the folder of each.

    Returns:
        Why a run has stopped, by its number, where that is not because it has ended.

    Raises:
        UserError: as by `loop.train`, but for numbers that are not finite.
        Interrupted: as by `loop.train`, for all runs.
    """
    config = configs[0]
    if len(groups(configs)) > 1:
        raise UserError(f"only runs that differ in {', '.join(SCALARS)} are trained together")
    if not config.data.on_device:
        raise UserError("runs are trained together from images on the device: set data.on_device")
    if budget.seconds(config):
        raise UserError("runs are trained together for a number of steps: set budget_seconds to 0")
    compilation.use_cache()
    with contextlib.ExitStack() as stack:
        for one, workdir in zip(configs, workdirs, strict=True):
            loop.check(one, num_devices=1)
            rundir.check(workdir, one)
            stack.enter_context(rundir.alone(workdir))
        return _train_alone(config, configs, workdirs)


def _train_alone(config, configs, workdirs):
    """As `train`, once nobody else uses the folders."""
    flat = [rundir.flatten(one) for one in configs]
    scalars = {name: jnp.array([fields[name] for fields in flat]) for name in SCALARS}
    created = jax.jit(jax.vmap(lambda values: _create(_with(config, values))))(scalars)
    with contextlib.ExitStack() as stack:
        begun = []
        for lane, workdir in zip(_unstack(created), workdirs):
            checkpoints = Checkpoints(workdir, say=tqdm.tqdm.write)
            stack.enter_context(contextlib.closing(checkpoints))
            begun.append((checkpoints, checkpoints.restore(lane) or initial.begin(lane, config)))
        if all(has_ended(config, state) for _, state in begun):
            return {}
        images, pairs, examples = inputs.load(config, [one.seed for one in configs])
        runs = []
        for one, workdir, (checkpoints, state) in zip(configs, workdirs, begun):
            rundir.claim(workdir, one, devices.described(1))
            writer = MetricsWriter(workdir, int(state.latest.step))
            stack.enter_context(contextlib.closing(writer))
            runs.append(Run(one, state, checkpoints=checkpoints, writer=writer))
        print(f"compiling the first step of {len(runs)} runs", flush=True)
        caught = stack.enter_context(interrupts.caught())
        program = _program(config, scalars, jnp.asarray(images), pairs, jnp.asarray(examples))
        state = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[state for _, state in begun])
        advance(runs, program, state, vote=devices.Vote(1), caught=caught)
    return {number: run.failure for number, run in enumerate(runs) if run.failure}


def _program(config, scalars, images, labelled, examples):
    step = interrupts.handled_once_called(_make_step(config, labelled))
    validate = _make_validation(config)
    return Program(
        step=lambda state, active: step(state, scalars, active, images),
        validate=lambda state, due: validate(state, scalars, due, examples),
        each=_unstack,
    )


def _with(config, values):
    """The config with traced values in place of its scalars."""
    config = ml_collections.ConfigDict(config.to_dict())
    with config.ignore_type():
        config.update_from_flattened_dict(values)
    return config


def _optimizer(config):
    """The optimizer of a config whose learning rate may be traced.

    The updates of all that are offered are in proportion to the rate.
    """
    unit = config.copy_and_resolve_references()
    with unit.ignore_type():
        unit.learning_rate = 1.0
    optimizer = states.make_optimizer(unit)

    def update(gradients, state, params=None):
        updates, state = optimizer.update(gradients, state, params)
        return optax.tree.scale(config.learning_rate, updates), state

    return optax.GradientTransformation(optimizer.init, update)


def _create(config):
    return states.create(config, build.network(config.model), _optimizer(config.optimizer))


def _keep(active, new, old):
    return jax.tree.map(lambda new, old: jnp.where(active, new, old), new, old)


def _make_step(config, labelled):
    """(states, scalars, which runs are active, images) to the next states and scalars of each."""

    def step(state, values, active, images):
        own = _with(config, values)
        network = build.network(own.model, axis_name=steps.AXIS)
        optimizer = _optimizer(own.optimizer)
        alone = steps.make_step(own, network, optimizer, num_devices=1, labelled=labelled)
        # The step wants a mapped axis, here of one device.
        new, scalars = jax.vmap(
            lambda device: alone(state, images, device), axis_name=steps.AXIS, out_axes=None
        )(jnp.arange(1))
        return _keep(active, new, state), scalars

    return jax.jit(jax.vmap(step, in_axes=(0, 0, 0, None)), donate_argnums=0)


def _make_validation(config):
    """(states, scalars, which runs are due, triplets of each) to the same as `_make_step`."""

    def validate(state, values, due, examples):
        own = _with(config, values)
        new, scalars = steps.make_validation(own, build.network(own.model))(state, examples)
        return _keep(due, new, state), scalars

    return jax.jit(jax.vmap(validate), donate_argnums=0)


def _unstack(tree):
    """The trees of numpy arrays whose stack a tree is."""
    leaves, structure = jax.tree.flatten(jax.device_get(tree))
    return [jax.tree.unflatten(structure, each) for each in zip(*leaves)]
