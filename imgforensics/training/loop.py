"""The training loop: everything around the step."""

import contextlib
import os
import time
from collections.abc import Callable

import jax
import ml_collections
import tqdm

from imgforensics import losses
from imgforensics.data import labelled, splits
from imgforensics.manipulations import ranges, view
from imgforensics.models import build
from imgforensics.training import averaging, budget, devices, feed, initial, inputs, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.run import Program, Run, advance, has_ended
from imgforensics.training.writers import MetricsWriter
from imgforensics.utils import compilation, interrupts
from imgforensics.utils.errors import UserError


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
    devices.check_same("the config", rundir.flatten(config))
    config = devices.from_first(lambda: budget.resumed(config, workdir))
    devices.from_first(lambda: rundir.check(workdir, config))
    with contextlib.ExitStack() as stack:
        devices.from_first(lambda: stack.enter_context(rundir.alone(workdir)))
        return _train(config, workdir, num_devices, on_saved=on_saved, started=started)


def _train(config, workdir, num_devices, on_saved, started):
    network = build.network(config.model, axis_name=steps.AXIS)
    optimizer = states.optimizer(config)
    state = states.create(config, build.network(config.model), optimizer)
    checkpoints = Checkpoints(workdir, say=tqdm.tqdm.write)
    with contextlib.closing(checkpoints):
        begun = devices.described(num_devices)
        state = devices.from_first(lambda: _restored(config, checkpoints, state, workdir, begun))
        if has_ended(config, state):
            print(f"nothing to do, this run has ended: {_outcome(config, state)}", flush=True)
            return state
        images, pairs, (examples,) = inputs.load(config, [config.seed])
        step = steps.make_step(config, network, optimizer, devices.count(num_devices), pairs)
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
            rate = budget.measure(
                step, validate, state=state, images=next(batches), examples=examples
            )
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
        writer = MetricsWriter(workdir, number) if devices.is_first() else None
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.closing(batches))
            if writer is not None:
                stack.enter_context(contextlib.closing(writer))
            caught = stack.enter_context(interrupts.caught())
            run = Run(config, state, checkpoints=checkpoints, writer=writer, on_saved=on_saved)
            program = Program(
                step=lambda state, _: step(state, next(batches)),
                validate=lambda state, _: validate(state, examples),
                each=lambda tree: [tree],
            )
            state = devices.replicate(state, num_devices)
            state = advance([run], program, state, vote=devices.Vote(num_devices), caught=caught)
        if run.failure:
            raise UserError(
                f"{run.failure}: {_last_good(checkpoints)}. Start anew, in another --workdir, with "
                "a lower config.optimizer.learning_rate"
            )
        print(f"done, {_outcome(config, state)}", flush=True)
        checkpoints.wait()
    return state


def check(config: ml_collections.ConfigDict, num_devices: int) -> None:
    """Refuses what can be refused before any long work.

    Raises:
        UserError: names the field that is wrong.
    """
    splits.check(config.data.split)
    labelled.check(config)
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


def _outcome(config, state):
    best, step = state.best, int(state.latest.step)
    early = f" ({config.patience} validations without improvement)" if step < config.steps else ""
    return (
        f"{step} steps{early}; the best weights are those of step {int(best.step)} "
        f"(validation loss {float(best.validation_loss):.4f})"
    )


def _last_good(checkpoints):
    newest = devices.from_first(checkpoints.newest)
    if newest is None:
        return "there is no checkpoint before it"
    return f"the last good checkpoint is that of step {newest} in {checkpoints.folder}"
