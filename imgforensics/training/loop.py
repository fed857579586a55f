"""The training loop: everything around the step."""

import contextlib
import math
import os
import signal

import jax
import ml_collections
import numpy as np
import tqdm

from imgforensics import compilation
from imgforensics.data import sources, splits, summary, triplets
from imgforensics.errors import UserError
from imgforensics.evaluation import synthetic
from imgforensics.manipulations import ranges
from imgforensics.models import build
from imgforensics.training import devices, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.writers import MetricsWriter


class Interrupted(Exception):
    """A signal asked the run to stop; its state is saved and it can be taken up again."""


def train(
    config: ml_collections.ConfigDict, workdir: str | os.PathLike, num_devices: int | None = None
) -> states.State:
    """Trains, or goes on training, the network of a config.

    Every `validate_every` steps the weights are validated on a fixed set and metrics are written;
    every `checkpoint_every` steps, at the end and when a signal asks to stop, the state is saved.
    As a step depends on nothing but config, seed and its number, a run that was interrupted at
    any moment ends with the same weights as one that was not.

    Args:
        config: as `configs/common.py` makes it.
        workdir: the run's folder; new, empty, or of an earlier start with the same config.
        num_devices: how many devices share a batch; all, if None.

    Returns:
        The last state.

    Raises:
        UserError: a config, data set, folder or disk that does not do, or a loss that is not
            finite.
        Interrupted: SIGINT or SIGTERM arrived; what was done is saved.
    """
    num_devices = num_devices or jax.local_device_count()
    _check(config, num_devices)
    rundir.claim(workdir, config)
    compilation.use_cache()

    network = build.network(config.model, axis_name=steps.AXIS)
    optimizer = states.make_optimizer(config.optimizer)
    state = states.create(config, build.network(config.model), optimizer)
    checkpoints = Checkpoints(workdir, say=tqdm.tqdm.write)
    with contextlib.closing(checkpoints):
        restored = checkpoints.restore(state)
        if restored is not None:
            state = restored
            print(f"going on after step {int(state.latest.step)} of {workdir}", flush=True)
        if _finished(config, state):
            print(f"nothing to do: this run has ended, {_outcome(state)}", flush=True)
            return state
        images, examples = _data(config)
        run = _Run(
            config,
            devices.parallel_step(
                steps.make_step(config, network, optimizer, num_devices), num_devices
            ),
            jax.jit(steps.make_validation(build.network(config.model)), donate_argnums=0),
            devices.replicate(images, num_devices),
            devices.replicate(examples, num_devices),
        )
        writer = MetricsWriter(workdir, int(state.latest.step))
        with contextlib.closing(writer), _stop_requested() as stop:
            state = run(devices.replicate(state, num_devices), checkpoints, writer, stop)
        checkpoints.wait()
    return state


def _check(config, num_devices):
    """Everything that can be refused before any long work."""
    ranges.check(config.manipulations)
    devices.check_batch(config.batch_size, num_devices)
    for name in ("batch_size", "steps", "validate_every", "validation_triplets", "patience",
                 "checkpoint_every"):
        if config[name] < 1:
            raise UserError(f"config.{name} is {config[name]}; it must be at least 1")


def _data(config):
    """Training images (uint8 [n, 256, 256]) and the fixed validation triplets."""
    micrographs = sources.load(config.data)
    print(summary.describe(micrographs.summary), flush=True)
    split = splits.split(micrographs, config.data.split, config.data.split_seed)
    print(
        f"training on {len(split.train)} images, validating on {len(split.validation)}, "
        f"leaving {len(split.test)} for the test",
        flush=True,
    )
    triplets.check_size(len(split.train), config.batch_size)
    examples = synthetic.triplet_set(
        synthetic.validation_key(config.seed),
        micrographs.images[split.validation],
        config.validation_triplets,
        config.manipulations,
    )
    return micrographs.images[split.train], np.stack(examples)


class _Run:
    """The compiled pieces and the data of a run."""

    def __init__(self, config, step, validate, images, examples):
        self._config = config
        self._step = step
        self._validate = validate
        self._images = images
        self._examples = examples

    def __call__(self, state, checkpoints, writer, stop):
        config, number = self._config, int(state.latest.step)
        pending = []  # scalars of steps that the host has not looked at yet
        bar = tqdm.tqdm(
            total=config.steps * config.batch_size,
            initial=number * config.batch_size,
            unit=" triplets",
            desc="training",
            dynamic_ncols=True,
        )
        with bar:
            while not _finished(config, state):
                state, scalars = self._step(state, self._images)
                number += 1
                pending.append(scalars)
                validating = number % config.validate_every == 0 or number == config.steps
                saving = number % config.checkpoint_every == 0 or number == config.steps
                if validating or saving or stop.is_set():
                    last = _finite(pending, number, checkpoints.folder)
                    bar.update(number * config.batch_size - bar.n)
                    pending = []
                if validating:
                    state, validation = self._validate(state, self._examples)
                    last |= {key: float(value) for key, value in validation.items()}
                    writer.write(number, last)
                    bar.set_postfix(_short(last), refresh=False)
                if saving or stop.is_set() or _finished(config, state):
                    checkpoints.save(state)
                if stop.is_set() and not _finished(config, state):
                    checkpoints.wait()
                    raise Interrupted(
                        f"stopped after step {number}; the same command goes on from there"
                    )
        tqdm.tqdm.write(f"done, {_outcome(state)}")
        return state


def _finished(config, state):
    return int(state.latest.step) >= config.steps or int(state.stale) >= config.patience


def _outcome(state):
    best = state.best
    return (
        f"{int(state.latest.step)} steps; the best weights are those of step {int(best.step)} "
        f"(validation loss {float(best.validation_loss):.4f})"
    )


def _finite(pending, number, folder):
    """The newest scalars as floats.

    Raises:
        UserError: the loss of any step was not finite, with the first such step.
    """
    losses = [float(scalars["loss"]) for scalars in jax.device_get(pending)]
    first = number - len(pending) + 1
    for step, loss in enumerate(losses, start=first):
        if not math.isfinite(loss):
            raise UserError(
                f"the loss of step {step} is {loss}: lower config.optimizer.learning_rate; "
                f"the last good checkpoint is in {folder}"
            )
    return {key: float(value) for key, value in pending[-1].items()}


def _short(scalars):
    return {
        "loss": f"{scalars['loss']:.3f}",
        "validation": f"{scalars['validation_loss']:.3f}",
        "accuracy": f"{scalars['validation_accuracy']:.3f}",
    }


class _Flag:
    def __init__(self):
        self._set = False

    def set(self, *_):
        self._set = True

    def is_set(self):
        return self._set


@contextlib.contextmanager
def _stop_requested():
    """Turns SIGINT and SIGTERM into a flag while the loop runs; a second one acts as usual."""
    flag = _Flag()
    before = {}

    def handle(number, frame):
        flag.set()
        signal.signal(number, before[number])

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, handle)
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
