"""The loop over the steps of several runs, here of programs that compute next to nothing."""

from typing import NamedTuple

import ml_collections
import numpy as np
import pytest

from imgforensics.training import devices
from imgforensics.training.run import Program, Run, advance
from imgforensics.utils.errors import Interrupted


class Latest(NamedTuple):
    step: np.ndarray


class State(NamedTuple):
    latest: Latest
    stale: np.ndarray


class Notes:
    """Checkpoints and metrics of a run, on which nothing is written; `seen` sees metrics."""

    def __init__(self, seen=lambda step: None):
        self.saved, self.written, self.seen = [], [], seen

    def save(self, state):
        self.saved.append(int(state.latest.step))

    def wait(self):
        pass

    def write(self, step, scalars):
        self.written.append((step, dict(scalars)))
        self.seen(step)


def program(loss):
    """Steps whose loss is a function of run and step, and validations that get no better."""

    def step(state, active):
        steps = state.latest.step + active
        losses = [loss(*of) for of in enumerate(steps)]
        return state._replace(latest=Latest(steps)), {"loss": np.array(losses)}

    def validate(state, due):
        return state._replace(stale=state.stale + due), {"validation_loss": 0.5 + state.stale}

    def each(tree):
        if isinstance(tree, State):
            return [State(Latest(step), stale) for step, stale in zip(tree.latest.step, tree.stale)]
        if isinstance(tree, dict):
            return [dict(zip(tree, values)) for values in zip(*tree.values())]
        return list(tree)

    return Program(step, validate, each)


def advanced(notes, first=None, loss=lambda run, step: 1.0, caught=(), **fields):
    """The runs of some notes, once they have gone on from their first steps."""
    number = len(notes)
    state = State(Latest(np.array(first or [0] * number)), np.zeros(number, int))
    config = {"steps": 8, "validate_every": 2, "checkpoint_every": 3, "patience": 9}
    config = ml_collections.ConfigDict({**config, "batch_size": 4, **fields})
    made = program(loss)
    runs = [
        Run(config, own, checkpoints=note, writer=note)
        for own, note in zip(made.each(state), notes)
    ]
    advance(runs, made, state, vote=devices.Vote(1), caught=caught)
    return runs


def test_each_run_ends_at_its_own_last_step():
    notes = Notes(), Notes(), Notes()
    runs = advanced(notes, first=[0, 5, 8])
    assert [run.number for run in runs] == [8, 8, 8] and all(run.ended for run in runs)
    assert [note.saved for note in notes] == [[3, 6, 8], [6, 8], []]
    assert [[step for step, _ in note.written] for note in notes] == [[2, 4, 6, 8], [6, 8], []]
    assert notes[0].written[0][1] == {"loss": 1.0, "validation_loss": 0.5}


def test_the_last_step_is_validated_and_saved():
    notes = Notes()
    advanced([notes], steps=7)
    assert [step for step, _ in notes.written] == [2, 4, 6, 7] and notes.saved == [3, 6, 7]


def test_a_run_that_fails_stops_no_other_and_is_saved_no_more():
    notes = Notes(), Notes()
    runs = advanced(notes, loss=lambda run, step: np.nan if (run, step) == (1, 3) else 1.0)
    assert runs[1].failure == "the loss of step 3 is nan" and runs[0].failure is None
    assert [note.saved for note in notes] == [[3, 6, 8], []]
    assert [step for step, _ in notes[1].written] == [2]


@pytest.mark.parametrize("step", [4, 5, 8])
def test_numbers_that_are_not_finite_are_seen_whatever_is_due(step):
    """At a validation, between two, and at the end."""
    notes = Notes()
    (run,) = advanced([notes], loss=lambda _, now: np.inf if now == step else 1.0)
    assert run.failure == f"the loss of step {step} is inf"
    assert notes.written[-1][0] < step and notes.saved[-1] < step


def test_a_run_ends_when_validation_gets_no_better():
    notes = Notes()
    (run,) = advanced([notes], patience=3)
    assert run.number == 6 and run.ended and notes.saved == [3, 6]


def test_a_signal_while_metrics_are_written_saves_the_runs_that_go_on():
    caught = []
    notes = Notes(lambda step: caught.append(15) if step == 4 else None), Notes(), Notes()
    with pytest.raises(Interrupted, match="stopped after step 2, 4; the same command") as stopped:
        advanced(notes, first=[2, 8, 0], caught=caught)
    assert stopped.value.signal == 15
    assert [note.saved for note in notes] == [[3, 4], [], [2]]


def test_a_signal_at_the_last_step_changes_nothing():
    caught = []
    notes = Notes(lambda step: caught.append(15) if step == 8 else None)
    (run,) = advanced([notes], caught=caught)
    assert run.ended and notes.saved == [3, 6, 8]
