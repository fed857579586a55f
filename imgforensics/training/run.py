"""The loop over the steps of one run, or of several that are computed side by side.

The host keeps a `Run` of each, and a `Program` computes them all. A run whose numbers are no longer
finite stops, and leaves the others alone.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import ml_collections
import numpy as np
import tqdm

from imgforensics.training import devices
from imgforensics.training.checkpoints import Checkpoints
from imgforensics.training.state import State
from imgforensics.training.writers import MetricsWriter
from imgforensics.utils.errors import Interrupted


class Program(NamedTuple):
    """The compiled pieces that compute runs, with their data.

    Attributes:
        step: of the state of all runs and a bool [runs], which ones are to go on; to the next
            state and scalars. It may donate the state.
        validate: likewise, of which ones are to be validated.
        each: parts a tree of all runs, such as the state, into those of each.
    """

    step: Callable[[State, np.ndarray], tuple[State, dict]]
    validate: Callable[[State, np.ndarray], tuple[State, dict]]
    each: Callable[[Any], list]


class Run:
    """What the host knows of a run, and what it writes of it.

    Args:
        config: of the run.
        state: where it begins or goes on.
        checkpoints: of its folder.
        writer: of its metrics; None in processes that are not the first.
        on_saved: called with config and state where the state is saved, too.

    Attributes:
        number: how many steps are done.
        ended: whether its last step is done, or validation gets no better.
        failure: what was not finite, if that has stopped it.
        metrics: of its last validation.
    """

    def __init__(
        self,
        config: ml_collections.ConfigDict,
        state: State,
        *,
        checkpoints: Checkpoints,
        writer: MetricsWriter | None,
        on_saved: Callable[[ml_collections.ConfigDict, State], None] | None = None,
    ):
        self.config, self.checkpoints = config, checkpoints
        self._writer, self._on_saved = writer, on_saved
        self.number: int = int(state.latest.step)
        self.ended: bool = has_ended(config, state)
        self.failure: str | None = None
        self.metrics: dict[str, float] = {}

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return not self.ended and self.failure is None

    def is_validated(self) -> bool:
        """Whether its last step is one after which it is validated."""
        last = self.number == self.config.steps
        return self.active and (last or self.number % self.config.validate_every == 0)

    def is_saved(self) -> bool:
        """Whether its last step is one after which it is saved."""
        return self.ended or self.number % self.config.checkpoint_every == 0

    def check(self, scalars: dict[str, jax.Array]) -> dict[str, float]:
        """The scalars of its last step, once they are there; it fails if one is not finite.

        As the parameters' norm is among those of a training step, weights that are not finite
        never get into a checkpoint.
        """
        # All at once: one by one, each would be waited for.
        values = {name: float(value) for name, value in jax.device_get(scalars).items()}
        for name, value in values.items():
            if self.active and not math.isfinite(value):
                self.failure = f"the {name.replace('_', ' ')} of step {self.number} is {value}"
        return values

    def judge(self, scalars: dict[str, jax.Array], stale: jax.Array) -> None:
        """Writes its metrics with those of a validation, and ends it where it is to end.

        Args:
            scalars: of the validation.
            stale: int, the validations since the best one.
        """
        self.metrics |= self.check(scalars)
        if self.failure is None:
            if self._writer is not None:
                self._writer.write(self.number, self.metrics)
            self.ended = devices.from_first(lambda: _is_last(self.config, self.number, stale))

    def save(self, state: State) -> None:
        """Saves its state, if this is the process that does."""
        if devices.is_first():
            self.checkpoints.save(state)
            if self._on_saved is not None:
                self._on_saved(self.config, state)


def has_ended(config: ml_collections.ConfigDict, state: State) -> bool:
    """Whether a run has nothing left to do."""
    return _is_last(config, int(state.latest.step), state.stale)


def _is_last(config, number, stale):
    return number >= config.steps or int(stale) >= config.patience


def advance(
    runs: Sequence[Run],
    program: Program,
    state: State,
    *,
    vote: devices.Vote,
    caught: Sequence[int],
) -> State:
    """Takes steps until each run has ended or failed; validates and saves on the way.

    Args:
        runs: all of them, as the program has them.
        program: computes the runs.
        state: of all runs, as the program takes it.
        vote: of the processes, on whether to stop.
        caught: to which signals are added, see `interrupts.caught`.

    Returns:
        The last state.

    Raises:
        UserError: something can't be written.
        Interrupted: a signal arrived; what was done is saved.
    """
    scalars: dict[str, jax.Array] = {}
    with _progress(runs) as bar:
        while any(run.active for run in runs):
            before = scalars
            state, scalars = program.step(state, np.array([run.active for run in runs]))
            # Only the step before is waited for, so that the devices never wait for the host.
            for run, values in zip(runs, program.each(before)):
                run.check(values)
            stepped = np.array([run.active for run in runs])
            for run in itertools.compress(runs, stepped):
                run.number += 1
                bar.update(run.config.batch_size)
            validated = np.array([run.is_validated() for run in runs])
            if validated.any():
                state = _validate(runs, program, state, scalars, validated)
                if len(runs) == 1:
                    bar.set_postfix(_short(runs[0].metrics), refresh=False)
            asked = vote(caught[0] if caught else 0)
            saved = stepped & [run.is_saved() or bool(asked) for run in runs]
            if saved.any():
                _save(runs, program, state, scalars, saved)
            if asked and any(run.active for run in runs):
                for run in runs:
                    run.checkpoints.wait()
                numbers = sorted({run.number for run in runs if run.active})
                raise Interrupted(
                    f"stopped after step {', '.join(map(str, numbers))}; the same command goes on "
                    "from there",
                    asked,
                )
    return state


def _validate(runs, program, state, scalars, validated):
    """Validates those runs of which the last step's scalars are finite."""
    for run, values in _of(validated, runs, program.each(scalars)):
        run.metrics = run.check(values)
    validated = validated & [run.active for run in runs]
    if validated.any():
        state, more = program.validate(state, validated)
        for run, *judged in _of(validated, runs, program.each(more), program.each(state.stale)):
            run.judge(*judged)
    return state


def _save(runs, program, state, scalars, saved):
    """Saves those runs of which all scalars are finite."""
    for run, values in _of(saved, runs, program.each(scalars)):
        run.check(values)
    for run, own in _of(saved, runs, program.each(state)):
        if run.failure is None:
            run.save(own)


def _of(which, *columns):
    """Those of the tuples (run, what it is about) that a bool [runs] names."""
    return itertools.compress(zip(*columns, strict=True), which)


def _progress(runs):
    return tqdm.tqdm(
        total=sum(run.config.steps * run.config.batch_size for run in runs),
        initial=sum(run.number * run.config.batch_size for run in runs),
        unit=" triplets",
        desc="training" if len(runs) == 1 else f"training {len(runs)} runs",
        dynamic_ncols=True,
    )


def _short(metrics):
    names = {"loss": "loss", "validation_loss": "validation", "validation_accuracy": "accuracy"}
    return {short: f"{metrics[name]:.3f}" for name, short in names.items() if name in metrics}
