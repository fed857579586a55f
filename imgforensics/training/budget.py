"""Runs of as many steps as a time allows.

The rate is measured at the start, and what follows from it is fixed in the run's config before the
first step. So a step is still a function of config, seed and its number, and a run that was
interrupted goes on as it would have.
"""

import os
import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.training import rundir
from imgforensics.training import state as states
from imgforensics.training.state import State
from imgforensics.utils.errors import UserError

_MEASURED = 20  # steps whose time is taken
_USED = 0.95  # of the time; the rest is for checkpoints, the end, and steps that take longer
_SAVED_EVERY = 100.0  # seconds


class Rate(NamedTuple):
    """Seconds that a step and a validation take, once compiled."""

    step: float
    validation: float


def seconds(config: ml_collections.ConfigDict) -> float:
    """`config.budget_seconds`; 0, as for runs of before there was one, where steps are given."""
    return config.get("budget_seconds", 0.0)


def check(config: ml_collections.ConfigDict) -> None:
    """Refuses a budget that can't be kept to.

    Raises:
        UserError: it is negative, or the images are not on the device.
    """
    if seconds(config) < 0:
        raise UserError(
            f"config.budget_seconds is {seconds(config)}; give seconds, or 0 for config.steps"
        )
    if seconds(config) and not config.data.on_device:
        raise UserError(
            "config.budget_seconds needs images on the device: set config.data.on_device=True, or "
            "give config.steps instead"
        )


def resumed(
    config: ml_collections.ConfigDict, workdir: str | os.PathLike
) -> ml_collections.ConfigDict:
    """The config with what an earlier start of the same run has fixed, if there was one.

    That start's budget, too, which has no more to say.
    """
    if not seconds(config) or not rundir.is_claimed(workdir):
        return config
    before = rundir.read(workdir)
    if not seconds(before):
        return config
    config = _fixed(config, before.steps, before.optimizer.decay_steps, before.checkpoint_every)
    config = config.copy_and_resolve_references()
    config.budget_seconds = before.budget_seconds
    return config.lock()


def measure(
    step: Callable, validate: Callable, state: State, images: jax.Array, examples: jax.Array
) -> Rate:
    """Compiles a step and a validation, and times them on a copy of the state.

    Args:
        step: of state and images, to state and scalars; it may donate the state.
        validate: likewise of state and examples.
        state: of the run; it stays as it is.
        images, examples: of the run.
    """
    state = jax.tree.map(jnp.copy, state)

    def timed(function, state, data, count):
        start = time.perf_counter()
        for _ in range(count):
            state, scalars = function(state, data)
        jax.block_until_ready((state, scalars))
        return state, (time.perf_counter() - start) / count

    for function, data in ((step, images), (validate, examples)):
        state, _ = timed(function, state, data, 1)
    state, of_step = timed(step, state, images, _MEASURED)
    _, of_validation = timed(validate, state, examples, 1)
    return Rate(of_step, of_validation)


def fix(
    config: ml_collections.ConfigDict, state: State, rate: Rate, spent: float
) -> tuple[ml_collections.ConfigDict, State]:
    """Fixes the number of steps, where the learning rate reaches zero, and when to save.

    Args:
        config: of a run with a budget that has not begun.
        state: before its first step.
        rate: as measured.
        spent: seconds of the budget that are gone.

    Returns:
        The config of the run as it will be, and the state with the course of its learning rate.

    Raises:
        UserError: the time is not enough for a step, or for the warm-up.
    """
    each = rate.step + rate.validation / config.validate_every
    number = int((_USED * seconds(config) - spent) / each)
    decays, warmup = config.optimizer.decay_steps > 0, config.optimizer.warmup_steps
    least = warmup + 1 if decays else 1
    if number < least:
        raise UserError(
            f"config.budget_seconds={seconds(config):g} allows {max(number, 0)} steps of "
            f"{each:.3g} s after a start of {spent:.0f} s, and the run needs {least} or more: "
            "give it more time"
            + (", or lower config.optimizer.warmup_steps" if decays and warmup else "")
        )
    first = int(state.latest.step)
    config = _fixed(
        config,
        first + number,
        number if decays else config.optimizer.decay_steps,
        max(1, min(number, int(_SAVED_EVERY / each))),
    )
    return config, states.with_decay_steps(state, number) if decays else state


def _fixed(config, steps, decay_steps, checkpoint_every):
    config = config.copy_and_resolve_references()
    config.steps, config.optimizer.decay_steps = steps, decay_steps
    config.checkpoint_every = checkpoint_every
    return config.lock()
