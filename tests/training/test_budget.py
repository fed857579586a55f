"""Steps that fit into a time are fixed before the first; the average of the weights goes along."""

import itertools
import json
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from imgforensics.training import averaging, budget, checkpoints, loop, writers
from imgforensics.training import state as states
from imgforensics.utils.errors import UserError

STEPS = 12


def altered(config, **fields):
    config = config.copy_and_resolve_references()
    config.update(fields)
    return config.lock()


@pytest.fixture(scope="module")
def timed(tiny):
    """A config whose time is enough for `STEPS` steps of the rate below, however slow this is."""
    config = altered(tiny, budget_seconds=1e5 * (STEPS + 0.5) / 0.95, ema_decay=0.6)
    # Of momentum, in whose steps rounding grows slowly.
    rate = {"name": "momentum", "learning_rate": 1e-5, "decay_steps": 77, "warmup_steps": 3}
    return altered(config, optimizer=rate)


@pytest.fixture(scope="module")
def run(timed, tmp_path_factory):
    """A run by the clock: its folder, its last state, and what it saved."""
    workdir, saved = tmp_path_factory.mktemp("budget") / "run", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "measure", lambda *_, **__: budget.Rate(step=1e5, validation=0.0))
        state = loop.train(
            timed, workdir, 1, lambda config, state: saved.append((config, jax.device_get(state)))
        )
    return workdir, state, saved


def test_steps_are_fixed_and_the_config_says_so(run, timed):
    workdir, state, _ = run
    config = json.loads((workdir / "config.json").read_text())
    assert config["steps"] == config["optimizer"]["decay_steps"] == STEPS
    assert config["checkpoint_every"] == 1  # 100 seconds are less than a step
    assert config["budget_seconds"] == timed.budget_seconds
    assert int(state.latest.step) == STEPS


def test_it_is_the_run_of_as_many_steps_that_nobody_timed(run, timed, tmp_path):
    plain = altered(timed, budget_seconds=0.0, steps=STEPS, optimizer={"decay_steps": STEPS})
    expected = loop.train(plain, tmp_path / "plain", num_devices=1)
    # Updates tell of the rate: that of another number of steps is another one by then.
    for one, other in zip(*map(writers.read, (run[0], tmp_path / "plain")), strict=True):
        assert one["update_norm"] == pytest.approx(other["update_norm"], rel=1e-2, abs=1e-9)
    # Two programs round in two ways, and that grows from step to step.
    for part in ("latest", "average"):
        ours, theirs = (getattr(state, part).params for state in (run[1], expected))
        for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=5e-5)


def test_it_has_ended_and_does_not_measure_again(run, timed, capsys):
    again = altered(timed, budget_seconds=1.0)  # less time than any start takes
    state = loop.train(again, run[0], num_devices=1)
    assert "nothing to do, this run has ended: 12 steps" in capsys.readouterr().out
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(run[1]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_whoever_waits_for_saves_gets_each_of_them(run):
    steps = [int(state.latest.step) for _, state in run[2]]
    assert steps == list(range(1, STEPS + 1))
    assert {config.steps for config, _ in run[2]} == {STEPS}


def test_average_is_that_of_all_steps(run):
    after = [state for _, state in run[2]]
    for number, (one, other) in enumerate(itertools.pairwise(after), start=2):
        kept = min(0.6, (1 + number) / (10 + number))
        expected = jax.tree.map(
            lambda old, new: kept * old + (1 - kept) * new, one.average.params, other.latest.params
        )
        for mean, found in zip(
            jax.tree.leaves(expected), jax.tree.leaves(other.average.params), strict=True
        ):
            np.testing.assert_allclose(found, mean, rtol=1e-5, atol=1e-6)


def test_average_is_judged_and_read(run):
    workdir, state, _ = run
    line = writers.read(workdir)[-1]
    assert line["average_validation_loss"] == float(state.average.validation_loss)
    assert 0 <= line["average_validation_accuracy"] <= 1
    model = checkpoints.read_model(workdir, "average")
    assert model.step == STEPS
    for one, other in zip(
        jax.tree.leaves(model.params), jax.tree.leaves(state.average.params), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_runs_without_an_average_have_none_to_read(finished):
    with pytest.raises(UserError, match="keeps no average of its weights: train with .*0.999"):
        checkpoints.read_model(finished[0], "average")


def test_course_of_the_rate_is_that_of_optax():
    schedule = optax.warmup_cosine_decay_schedule(0.0, 1.0, 5, 40)
    share = jax.jit(lambda done, steps: states._share(states.Course(done, steps), 5))
    for done in (0, 1, 4, 5, 6, 20, 39, 40, 60):
        np.testing.assert_allclose(share(done, 40), schedule(done), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        states._share(states.Course(jnp.int32(0), jnp.int32(9)), 0), 1, rtol=1e-6
    )


def test_measuring_waits_for_the_work_and_keeps_the_state():
    state = {"number": jnp.zeros(())}

    def slow(seconds):
        def wait(number):
            time.sleep(seconds)
            return number + np.float32(1)

        shape = jax.ShapeDtypeStruct((), jnp.float32)
        call = jax.jit(
            lambda state, data: (
                jax.tree.map(lambda leaf: jax.pure_callback(wait, shape, leaf), state),
                {"loss": 0.0},
            ),
            donate_argnums=0,
        )
        return call

    rate = budget.measure(slow(0.01), slow(0.1), state, None, None)
    assert 0.01 <= rate.step < 0.1 <= rate.validation
    assert state["number"] == 0


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"budget_seconds": -1.0}, "config.budget_seconds is -1.0; give seconds, or 0 for config."),
        ({"budget_seconds": 9.0, "data": {"on_device": False}}, "needs images on the device"),
        ({"ema_decay": 1.0}, "config.ema_decay is 1.0; it must be below 1, as 0.999, or 0 for no"),
        ({"matmul_precision": "half"}, "matmul_precision is 'half'; it must be one of default, "),
    ],
)
def test_what_cannot_be_kept_to_is_refused(fields, message, tiny):
    with pytest.raises(UserError, match=message):
        loop.check(altered(tiny, **fields), num_devices=1)


def test_too_little_time_is_told_before_the_first_step(timed):
    config = altered(timed, budget_seconds=100.0)
    with pytest.raises(UserError, match="allows 2 steps of 10 s after a start of 70 s, and .* 4"):
        budget.fix(config, None, budget.Rate(10.0, 0.0), spent=70.0)


def test_moments_that_count_are_not_averaged(tiny):
    config = altered(tiny, ema_decay=0.9)
    weights = states.Weights({"a": jnp.zeros(2)}, {"count": jnp.int32(0)}, jnp.int32(0), 0.0)
    latest = states.Weights({"a": jnp.ones(2)}, {"count": jnp.int32(7)}, jnp.int32(100), 0.0)
    average = averaging.updated(weights, latest, config)
    assert average.moments["count"] == 7 and average.step == 100
    np.testing.assert_allclose(average.params["a"], 0.1, rtol=1e-5)
    assert averaging.updated(None, latest, config) is None
