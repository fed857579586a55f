"""Runs that differ in a few numbers only, trained as one program.

Where a network is too small to keep a device busy, several of them side by side take little longer
than one. Their states are stacked, and the step is vmapped over them and over what they differ in.
A run ends as it would alone, up to the rounding of sums that are compiled in another way.
"""

import contextlib
import math
import os
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import tqdm

from imgforensics.data import sources, splits, training_set
from imgforensics.models import build
from imgforensics.testsets import triplet_sets
from imgforensics.training import budget, devices, initial, loop, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.writers import MetricsWriter
from imgforensics.utils import compilation, interrupts
from imgforensics.utils.errors import Interrupted, UserError

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
        runs = []
        for lane, workdir in zip(_unstack(created), workdirs):
            checkpoints = Checkpoints(workdir, say=tqdm.tqdm.write)
            stack.enter_context(contextlib.closing(checkpoints))
            state = checkpoints.restore(lane) or initial.begin(lane, config)
            runs.append(_Run(workdir, config, checkpoints, state))
        if any(run.active for run in runs):
            images, examples = _data(configs)
            for run, one in zip(runs, configs):
                rundir.claim(run.workdir, one, devices.described(1))
                run.writer = MetricsWriter(run.workdir, run.number)
                stack.enter_context(contextlib.closing(run.writer))
            print(f"compiling the first step of {len(runs)} runs", flush=True)
            _train(config, scalars, runs, images, examples, stack.enter_context(loop.signals()))
    return {number: run.failure for number, run in enumerate(runs) if run.failure}


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


def _make_step(config):
    """(states, scalars, which runs are active, images) to the next states and scalars of each."""

    def step(state, values, active, images):
        own = _with(config, values)
        network = build.network(own.model, axis_name=steps.AXIS)
        alone = steps.make_step(own, network, _optimizer(own.optimizer), num_devices=1)
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


def _data(configs):
    """Training images, and the validation triplets of each run: float32 [runs, 3, n, H, W]."""
    config = configs[0]
    micrographs = sources.load(config.data)
    split = splits.of(micrographs, config.data)
    train = training_set.images(config.data, micrographs, split.train)
    steps.check_size(config, len(train))
    examples = [
        triplet_sets.triplet_set(
            triplet_sets.validation_key(one.seed),
            micrographs.images[split.validation],
            config.validation_triplets,
            config.manipulations,
        )
        for one in configs
    ]
    return jnp.asarray(train), jnp.asarray(examples)


def _unstack(tree):
    """The trees of numpy arrays whose stack a tree is."""
    leaves, structure = jax.tree.flatten(jax.device_get(tree))
    return [jax.tree.unflatten(structure, each) for each in zip(*leaves)]


class _Run:
    """What the host knows of a run.

    Attributes:
        state: after the last step that the host has looked at.
        number: how many steps are done.
        active: whether it goes on.
        failure: why it doesn't, if its numbers were not finite.
    """

    def __init__(self, workdir, config, checkpoints, state):
        self.workdir, self.checkpoints, self.state = workdir, checkpoints, state
        self.writer, self.failure, self._config = None, None, config
        self.number = int(state.latest.step)
        self.active = not self._ended()

    def is_at(self, every):
        """Whether something is to be done that is done every so many steps and at the end."""
        return self.active and (self.number % every == 0 or self.number == self._config.steps)

    def settle(self, state, scalars, validated, saved):
        """Takes in a step's result: writes metrics and a checkpoint, and stops where it ends."""
        self.state = state
        for name, value in scalars.items():
            if not math.isfinite(value):
                self.failure = f"the {name.replace('_', ' ')} of step {self.number} is {value}"
                self.active = False
                return
        if validated:
            self.writer.write(self.number, {name: float(value) for name, value in scalars.items()})
        self.active = not self._ended()
        if saved or not self.active:
            self.checkpoints.save(state)

    def _ended(self):
        return self.number >= self._config.steps or int(self.state.stale) >= self._config.patience


def _train(config, scalars, runs, images, examples, caught):
    """The loop of `loop.train`, with every run at a step of its own."""
    step = interrupts.handled_once_called(_make_step(config))
    validate = _make_validation(config)
    state = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[run.state for run in runs])
    bar = tqdm.tqdm(
        total=len(runs) * config.steps * config.batch_size,
        initial=sum(run.number for run in runs) * config.batch_size,
        unit=" triplets",
        desc=f"training {len(runs)} runs",
        dynamic_ncols=True,
    )
    with bar:
        while any(run.active for run in runs):
            active = np.array([run.active for run in runs])
            state, values = step(state, scalars, active, images)
            for run in runs:
                run.number += run.active
            bar.update(int(active.sum()) * config.batch_size)
            validated = np.array([run.is_at(config.validate_every) for run in runs])
            if validated.any():
                state, more = validate(state, scalars, validated, examples)
                values |= more
            saved = np.array([run.is_at(config.checkpoint_every) for run in runs])
            if caught:
                saved = active
            if (validated | saved).any():
                each = zip(runs, _unstack(state), _unstack(values), validated, saved)
                for run, *results in each:
                    if results[2] or results[3]:
                        run.settle(*results)
            if caught and any(run.active for run in runs):
                for run in runs:
                    run.checkpoints.wait()
                raise Interrupted("stopped; the same command goes on from there", caught[0])
