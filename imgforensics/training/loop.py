"""The training loop: everything around the step."""

import contextlib
import hashlib
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import jax
import ml_collections
import numpy as np
import tqdm

from imgforensics import losses
from imgforensics.data import sources, splits, summary, training_set
from imgforensics.manipulations import ranges, view
from imgforensics.models import build
from imgforensics.testsets import triplet_sets
from imgforensics.training import averaging, budget, devices, feed, initial, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.writers import MetricsWriter
from imgforensics.utils import compilation, interrupts
from imgforensics.utils.errors import Interrupted, UserError


def train(
    config: ml_collections.ConfigDict,
    workdir: str | os.PathLike,
    num_devices: int | None = None,
    on_saved: Callable[[ml_collections.ConfigDict, states.State], None] | None = None,
) -> states.State:
    """Trains, or goes on training, the network of a config.

    Every `validate_every` steps the weights are validated on a fixed set and metrics are written;
    every `checkpoint_every` steps, at the end and when a signal asks to stop, the state is saved.
    As a step depends on nothing but config, seed and its number, a run that was interrupted at
    any moment ends with the same weights as one that was not.

    Several processes may train together (`processes.joined`). Only the first one uses the folder.

    Args:
        config: as `configs/common.py` makes it.
        workdir: the run's folder; new, empty, or of an earlier start with the same config.
        num_devices: how many devices of each process share a batch; all, if None.
        on_saved: called in the first process with the run's config and state, where the state is
            saved, too.

    Returns:
        The last state.

    Raises:
        UserError: a config, data set, folder or disk that does not do, or a loss that is not
            finite.
        Interrupted: SIGINT or SIGTERM arrived; what was done is saved.
    """
    started = time.monotonic()
    compilation.use_cache()
    num_devices = num_devices or jax.local_device_count()
    check(config, num_devices)
    config = devices.from_first(lambda: budget.resumed(config, workdir))
    devices.check_same("the config", rundir.flatten(config))
    devices.from_first(lambda: rundir.check(workdir, config))
    with contextlib.ExitStack() as stack:
        devices.from_first(lambda: stack.enter_context(rundir.alone(workdir)))
        return _train(config, workdir, num_devices, on_saved, started)


def _train(config, workdir, num_devices, on_saved, started):
    network = build.network(config.model, axis_name=steps.AXIS)
    optimizer = states.optimizer(config)
    state = states.create(config, build.network(config.model), optimizer)
    checkpoints = Checkpoints(workdir, say=tqdm.tqdm.write)
    with contextlib.closing(checkpoints):
        begun = devices.described(num_devices)
        state = devices.from_first(lambda: _restored(config, checkpoints, state, workdir, begun))
        if _ended(config, state):
            print(f"nothing to do, this run has ended: {_outcome(config, state)}", flush=True)
            return state
        images, examples = _data(config)
        step = steps.make_step(config, network, optimizer, devices.count(num_devices))
        step = interrupts.handled_once_called(
            devices.parallel_step(step, num_devices, distributed=not config.data.on_device)
        )
        validate = devices.on_first(
            jax.jit(steps.make_validation(config, build.network(config.model)), donate_argnums=0),
            num_devices,
        )
        examples = devices.replicate(examples, 1)
        number = int(state.latest.step)
        batches = feed.images(config, images, number, num_devices)
        if budget.seconds(config) and not devices.from_first(lambda: rundir.is_claimed(workdir)):
            print("compiling and timing the step", flush=True)
            state = devices.replicate(state, num_devices)
            rate = budget.measure(step, validate, state, next(batches), examples)
            rate = devices.from_first(lambda: rate)
            config, state = budget.fix(config, state, rate, time.monotonic() - started)
            print(
                f"{1 / rate.step:.3g} steps a second: {config.steps - number} steps fit into "
                f"{budget.seconds(config):g} s",
                flush=True,
            )
        else:
            print("compiling the first step", flush=True)
        if devices.is_first():
            rundir.claim(workdir, config, begun)  # now that nothing can be refused any more
        run = _Run(config, step, validate, examples, devices.Vote(num_devices), on_saved)
        writer = MetricsWriter(workdir, number) if devices.is_first() else None
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.closing(batches))
            if writer is not None:
                stack.enter_context(contextlib.closing(writer))
            caught = stack.enter_context(signals())
            state = devices.replicate(state, num_devices)
            state = run(state, batches, checkpoints, writer, caught)
        checkpoints.wait()
    return state


def check(config: ml_collections.ConfigDict, num_devices: int) -> None:
    """Refuses what can be refused before any long work.

    Raises:
        UserError: names the field that is wrong.
    """
    splits.check(config.data.split)
    ranges.check(config.manipulations)
    view.check(config.view)
    losses.check(config)
    averaging.check(config)
    budget.check(config)
    if config.matmul_precision not in steps.PRECISIONS:
        raise UserError(
            f"config.matmul_precision is {config.matmul_precision!r}; it must be one of "
            f"{', '.join(steps.PRECISIONS)}"
        )
    devices.check_batch(config.batch_size, num_devices)
    for name in (
        "batch_size",
        "steps",
        "validate_every",
        "validation_triplets",
        "patience",
        "checkpoint_every",
    ):
        if config[name] < 1:
            raise UserError(f"config.{name} is {config[name]}; it must be at least 1")


def _restored(config, checkpoints, state, workdir, here):
    """The state to go on with: the newest on disk, or else the one before the first step."""
    restored = checkpoints.restore(state)
    if restored is None:
        return initial.begin(state, config)
    print(f"going on after step {int(restored.latest.step)} of {workdir}", flush=True)
    begun = rundir.devices_of(workdir)
    if begun not in (None, here):
        print(
            f"this run began on {begun} and goes on on {here}: sums are rounded in another order, "
            "and its numbers will differ from those of a run that stays there",
            flush=True,
        )
    return restored


def _data(config):
    """Training images (uint8 [n, 256, 256]) and the fixed validation triplets."""
    micrographs = sources.load(config.data)
    names = "\n".join(micrographs.names).encode(errors="surrogateescape")
    devices.check_same("the data set", hashlib.sha256(names).hexdigest())
    print(summary.describe(micrographs.summary), flush=True)
    split = splits.of(micrographs, config.data)
    train = training_set.images(config.data, micrographs, split.train)
    print(
        f"training on {len(train)} images, validating on {len(split.validation)}, "
        f"leaving {len(split.test)} for the test"
        + (f" and {len(split.held_out)} of classes held out" if len(split.held_out) else ""),
        flush=True,
    )
    steps.check_size(config, len(train))
    examples = triplet_sets.triplet_set(
        triplet_sets.validation_key(config.seed),
        micrographs.images[split.validation],
        config.validation_triplets,
        config.manipulations,
    )
    return train, np.stack(examples)


class _Run:
    """The compiled pieces and the data of a run."""

    def __init__(self, config, step, validate, examples, vote, on_saved):
        self._config = config
        self._step = step
        self._validate = validate
        self._examples = examples
        self._vote = vote
        self._on_saved = on_saved

    def __call__(self, state, batches, checkpoints, writer, caught):
        config = self._config
        number, scalars = int(state.latest.step), {}
        ended = False
        with _progress(config, number) as bar:
            while not ended:
                before = scalars
                state, scalars = self._step(state, next(batches))
                # Only the step before is waited for, so that the devices never wait for the host.
                _finite(before, number, checkpoints)
                number += 1
                bar.update(config.batch_size)
                ended = number == config.steps
                if number % config.validate_every == 0 or ended:
                    metrics = _finite(scalars, number, checkpoints)
                    state, validation = self._validate(state, self._examples)
                    metrics |= _finite(validation, number, checkpoints)
                    if writer is not None:
                        writer.write(number, metrics)
                    bar.set_postfix(_short(metrics), refresh=False)
                    ended = devices.from_first(lambda: _ended(config, state))
                asked = self._vote(caught[0] if caught else 0)
                if number % config.checkpoint_every == 0 or ended or asked:
                    _finite(scalars, number, checkpoints)
                    if devices.is_first():
                        checkpoints.save(state)
                        if self._on_saved is not None:
                            self._on_saved(config, state)
                if asked and not ended:
                    checkpoints.wait()
                    raise Interrupted(
                        f"stopped after step {number}; the same command goes on from there", asked
                    )
        print(f"done, {_outcome(config, state)}", flush=True)
        return state


def _progress(config, number):
    return tqdm.tqdm(
        total=config.steps * config.batch_size,
        initial=number * config.batch_size,
        unit=" triplets",
        desc="training",
        dynamic_ncols=True,
    )


def _ended(config, state):
    return int(state.latest.step) >= config.steps or int(state.stale) >= config.patience


def _outcome(config, state):
    best, step = state.best, int(state.latest.step)
    early = f" ({config.patience} validations without improvement)" if step < config.steps else ""
    return (
        f"{step} steps{early}; the best weights are those of step {int(best.step)} "
        f"(validation loss {float(best.validation_loss):.4f})"
    )


def _finite(scalars, number, checkpoints):
    """The scalars of a step as floats, once they are there.

    Raises:
        UserError: one is not finite. As the parameters' norm is among those of a training step,
            weights that are not finite never get into a checkpoint.
    """
    # All at once: one by one, each would be waited for.
    values = {name: float(value) for name, value in jax.device_get(scalars).items()}
    for name, value in values.items():
        if not math.isfinite(value):
            newest = devices.from_first(checkpoints.newest)
            last = (
                "there is no checkpoint before it"
                if newest is None
                else (f"the last good checkpoint is that of step {newest} in {checkpoints.folder}")
            )
            raise UserError(
                f"the {name.replace('_', ' ')} of step {number} is {value}: {last}. Start anew, in "
                "another --workdir, with a lower config.optimizer.learning_rate"
            )
    return values


def _short(metrics):
    return {
        "loss": f"{metrics['loss']:.3f}",
        "validation": f"{metrics['validation_loss']:.3f}",
        "accuracy": f"{metrics['validation_accuracy']:.3f}",
    }


@contextlib.contextmanager
def signals() -> Iterator[list[int]]:
    """Gives a list to which SIGINT and SIGTERM are added; a second one acts as usual.

    Until the first step is done (`interrupts.handled_once_called`) they end the program: nothing is
    there to be saved.
    """
    caught, before = [], {}

    def catch(number, frame):
        caught.append(number)
        signal.signal(number, before[number])
        tqdm.tqdm.write(
            "stopping after this step; the same signal again stops at once", file=sys.stderr
        )

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, catch)
        with interrupts.handled(0):
            yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
