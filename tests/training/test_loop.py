"""What happens around the steps of a run."""

import functools
import logging
import math
import shutil
import signal
import time

import jax
import numpy as np
import pytest

from imgforensics.training import checkpoints, devices, loop, rundir, writers
from imgforensics.utils.errors import Interrupted, UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


def altered(config, **fields):
    config = config.copy_and_resolve_references()
    config.update(fields)
    return config.lock()


@pytest.fixture(scope="module", autouse=True)
def traced():
    """What has been traced, by config: runs of one config share it, which saves seconds each."""
    kept = {}

    def once(make):
        def made(config, *parts):  # the network and the optimizer are those of the config
            key = make, config.to_json(), *(part for part in parts if isinstance(part, int))
            if key not in kept:
                kept[key] = make(config, *parts)
            return kept[key]

        return made

    with pytest.MonkeyPatch.context() as patch:
        for name in ("make_step", "make_validation"):
            patch.setattr(loop.steps, name, once(getattr(loop.steps, name)))
        patch.setattr(loop.devices, "parallel_step", functools.cache(loop.devices.parallel_step))
        yield kept


def test_metrics_are_those_of_the_config(finished):
    workdir, _ = finished
    metrics = writers.read(workdir)
    assert [line["step"] for line in metrics] == list(range(2, 21, 2))
    names = {
        "loss",
        "accuracy",
        "gradient_norm",
        "update_norm",
        "parameter_norm",
        "validation_loss",
        "validation_accuracy",
    }
    for line in metrics:
        assert line.keys() == names | {"step"}
        assert all(math.isfinite(line[name]) for name in names)
    assert metrics[-1]["loss"] < metrics[0]["loss"]
    events = list(workdir.glob("events.out.tfevents.*"))
    assert len(events) == 1 and events[0].stat().st_size > 1000


def test_best_weights_are_those_of_the_lowest_validation_loss(finished):
    workdir, state = finished
    lowest = min(writers.read(workdir), key=lambda line: line["validation_loss"])
    assert int(state.best.step) == lowest["step"]
    assert float(state.best.validation_loss) == lowest["validation_loss"]
    model = checkpoints.read_model(workdir)
    assert model.step == lowest["step"]


def test_ended_run_has_nothing_to_do(finished, tiny, tmp_path, capsys):
    workdir = shutil.copytree(finished[0], tmp_path / "run")
    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    state = loop.train(tiny, workdir, num_devices=1)
    assert int(state.latest.step) == 20
    assert "nothing to do, this run has ended: 20 steps" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()} == before


def test_going_on_on_other_devices_is_told(finished, tiny, tmp_path, capsys):
    workdir = shutil.copytree(finished[0], tmp_path / "run")
    loop.train(tiny, workdir, num_devices=1)
    assert "this run began on" not in capsys.readouterr().out
    loop.train(tiny, workdir, num_devices=4)
    out = capsys.readouterr().out
    assert "this run began on 1 cpu device(s) and " in out and "goes on on 4 cpu device(s)" in out


def test_run_stops_when_validation_gets_no_better(tiny, tmp_path, capsys):
    config = altered(tiny, steps=300, validate_every=1, checkpoint_every=7, patience=3)
    state = loop.train(config, tmp_path, num_devices=1)
    last, validation = (
        int(state.latest.step),
        [line["validation_loss"] for line in writers.read(tmp_path)],
    )
    assert last == len(validation) < 300
    assert int(state.best.step) == last - 3 == int(np.argmin(validation)) + 1
    # It is the first such row of three.
    assert all(
        min(validation[step - 3 : step]) < min(validation[: step - 3]) for step in range(4, last)
    )
    assert f"done, {last} steps (3 validations without improvement); " in capsys.readouterr().out
    assert checkpoints.read_model(tmp_path).step == last - 3
    loop.train(config, tmp_path, num_devices=1)
    assert f"nothing to do, this run has ended: {last} steps (3" in capsys.readouterr().out


def at_step(number, monkeypatch, act):
    """Has `act()` called when the metrics of a step are written."""
    write = writers.MetricsWriter.write

    def write_and_act(self, step, scalars):
        write(self, step, scalars)
        if step == number:
            act()

    monkeypatch.setattr(writers.MetricsWriter, "write", write_and_act)


def assert_goes_on_to(finished, config, workdir):
    """Starts again and expects the state and the metrics of the run that nothing interrupted."""
    state = loop.train(config, workdir, num_devices=1)
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(finished[1]), strict=True):
        np.testing.assert_array_equal(one, other)
    metrics = [(folder / "metrics.jsonl").read_text() for folder in (workdir, finished[0])]
    assert metrics[0] == metrics[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_saves_and_stops(number, finished, tiny, tmp_path, monkeypatch, capsys):
    handler = signal.getsignal(number)
    with monkeypatch.context() as patch:
        at_step(8, patch, lambda: signal.raise_signal(number))
        with pytest.raises(Interrupted, match="stopped after step 8; the same") as stopped:
            loop.train(tiny, tmp_path, num_devices=1)
    assert stopped.value.signal == number
    assert signal.getsignal(number) == handler
    assert "stopping after this step" in capsys.readouterr().err
    assert checkpoints.read_model(tmp_path, "latest").step == 8
    assert_goes_on_to(finished, tiny, tmp_path)
    assert "going on after step 8" in capsys.readouterr().out


def test_a_run_is_extended_to_what_it_would_have_been(finished, tiny, tmp_path, capsys):
    loop.train(altered(tiny, steps=10), tmp_path, num_devices=1)
    capsys.readouterr()
    assert_goes_on_to(finished, tiny, tmp_path)
    out = capsys.readouterr().out
    assert out.count(f"extending the run in {tmp_path} from 10 to 20 steps\n") == 1
    assert rundir.read(tmp_path).steps == 20
    # Now it is one of 20 steps, and a shorter one is another run.
    with pytest.raises(UserError, match="steps is 20 there and 10 here"):
        rundir.check(tmp_path, altered(tiny, steps=10))


def test_a_run_whose_rate_depends_on_its_steps_is_not_extended(tiny, tmp_path, capsys):
    falling = altered(tiny, steps=10)
    falling.optimizer.decay_steps = 10
    rundir.check(tmp_path, falling)
    rundir.claim(tmp_path, falling, devices.described(1))
    longer = falling.copy_and_resolve_references()
    longer.steps = 20
    message = f"the run in {tmp_path} was one of 10 steps.*to step 10.*can't be extended to 20"
    with pytest.raises(UserError, match=message):
        rundir.check(tmp_path, longer)
    longer.batch_size = 4
    with pytest.raises(
        UserError, match="batch_size is 8 there and 4 here; steps is 10 there and 20"
    ):
        rundir.check(tmp_path, longer)
    assert rundir.read(tmp_path).steps == 10 and capsys.readouterr().out == ""


def test_second_interrupt_stops_at_once(finished, tiny, tmp_path, monkeypatch):
    def twice():
        catch = signal.getsignal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        while signal.getsignal(signal.SIGINT) is catch:  # two that come at once count as one
            time.sleep(0.001)
        signal.raise_signal(signal.SIGINT)

    # Shells let what they start in the background ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            at_step(8, patch, twice)
            with pytest.raises(KeyboardInterrupt):
                loop.train(tiny, tmp_path, num_devices=1)
    finally:
        signal.signal(signal.SIGINT, before)
    assert checkpoints.read_model(tmp_path, "latest").step == 5
    assert_goes_on_to(finished, tiny, tmp_path)


def test_signal_at_the_last_step_ends_the_run_as_usual(finished, tiny, tmp_path, monkeypatch):
    at_step(20, monkeypatch, lambda: signal.raise_signal(signal.SIGTERM))
    assert_goes_on_to(finished, tiny, tmp_path)


def test_loss_that_is_not_finite_names_the_step_and_the_last_good_checkpoint(
    finished, tiny, tmp_path, monkeypatch
):
    parallel_step = loop.devices.parallel_step

    def breaking(*arguments, **options):
        whole = parallel_step(*arguments, **options)

        def broken(state, images):
            state, scalars = whole(state, images)
            if int(state.latest.step) == 17:
                scalars["loss"] = np.float32("nan")
            return state, scalars

        return broken

    workdir = shutil.copytree(finished[0], tmp_path / "run")
    shutil.rmtree(workdir / "checkpoints" / "20")
    with monkeypatch.context() as patch:
        patch.setattr(loop.devices, "parallel_step", breaking)
        with pytest.raises(UserError) as stopped:
            loop.train(tiny, workdir, num_devices=1)
    expected = (
        f"the loss of step 17 is nan: the last good checkpoint is that of step 15 in {workdir}/"
        "checkpoints. Start anew"
    )
    assert str(stopped.value).startswith(expected)
    assert [path.name for path in (workdir / "checkpoints").iterdir()] == ["15"]
    assert_goes_on_to(finished, tiny, workdir)


def test_weights_that_are_not_finite_get_into_no_checkpoint(tiny, tmp_path):
    """The first update overflows, though the loss before it is finite."""
    config = altered(tiny, checkpoint_every=1, optimizer={"learning_rate": 1e30})
    with pytest.raises(UserError, match="norm of step 1 is inf: there is no checkpoint before it"):
        loop.train(config, tmp_path, num_devices=1)
    assert not list((tmp_path / "checkpoints").iterdir())


@pytest.fixture
def compiled():
    """A list to which the names of programs are added as they are compiled."""
    names = []

    class Names(logging.Handler):
        def emit(self, record):
            message = record.getMessage()
            if message.startswith("Compiling "):
                names.append(message.split()[1])

    handler, logger = Names(), logging.getLogger("jax")
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    with jax.log_compiles():
        yield names
    logger.removeHandler(handler)
    logger.propagate = propagate


def test_nothing_is_compiled_after_the_first_validation(
    tiny, tmp_path, compiled, traced, monkeypatch
):
    """Neither in a new run nor in one that goes on, on several devices."""
    config = altered(tiny, validate_every=1)
    for stop in (8, 20):
        compiled.clear()
        traced.clear()  # as in a process of its own
        counts = []
        with monkeypatch.context() as patch:
            write = writers.MetricsWriter.write
            patch.setattr(
                writers.MetricsWriter,
                "write",
                lambda *arguments: (counts.append(len(compiled)), write(*arguments)),
            )
            if stop == 8:
                at_step(8, patch, lambda: signal.raise_signal(signal.SIGTERM))
                with pytest.raises(Interrupted):
                    loop.train(config, tmp_path, num_devices=4)
            else:
                loop.train(config, tmp_path, num_devices=4)
        assert len(counts) == {8: 8, 20: 12}[stop]
        assert counts[0] > 0 and set(counts) == {len(compiled)}, compiled[counts[0] :]
        assert compiled.count("jit(validate)") == 1


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"batch_size": 13}, "a batch of 13 triplets needs at least 26 training images, but "),
        ({"steps": 0}, "config.steps is 0; it must be at least 1"),
        ({"validate_every": -1}, "config.validate_every is -1; it must be at least 1"),
        ({"optimizer": {"name": "lion"}}, "config.optimizer.name is 'lion'; it must be momentum"),
        ({"model": {"dtype": "float16"}}, "config.model.dtype is 'float16'; it must be"),
        ({"manipulations": {"output_size": 30}}, "config.manipulations.output_size=30 does not "),
        ({"view": {"probability": 2.0}}, "view.probability is 2.0; give one between 0 and 1"),
        ({"data": {"source": "nosuch"}}, "unknown source of micrographs 'nosuch'"),
        ({"data": {"folder": "/nowhere"}}, "/nowhere is not a folder"),
        ({"data": {"folder": ""}}, "the source 'folder' needs a folder"),
    ],
)
def test_wrong_config_is_refused_and_spoils_nothing(fields, message, tiny, tmp_path):
    with pytest.raises(UserError) as refused:
        loop.train(altered(tiny, **fields), tmp_path, num_devices=1)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir()), "the folder is still free for a right config"


def test_batch_that_devices_cannot_share_is_refused(tiny, tmp_path):
    with pytest.raises(UserError, match="batch_size=8 cannot be shared by 3 devices"):
        loop.train(tiny, tmp_path, num_devices=3)


def test_folder_of_another_run_is_refused_with_the_fields_that_differ(finished, tiny):
    before = (finished[0] / "config.json").read_bytes()
    config = altered(tiny, steps=30, optimizer={"learning_rate": 0.1})
    with pytest.raises(UserError) as refused:
        loop.train(config, finished[0], num_devices=1)
    assert str(refused.value) == (
        f"{finished[0]} holds a run of another config: optimizer.learning_rate is 0.001 there and "
        "0.1 here; steps is 20 there and 30 here. Name another --workdir, or use the same config"
    )
    assert (finished[0] / "config.json").read_bytes() == before


def test_bad_images_among_good_ones_are_skipped_and_counted(
    finished, textures, tiny, tmp_path, capsys
):
    folder = shutil.copytree(textures, tmp_path / "images")
    whole = (folder / "00.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("hello")
    (folder / "empty.png").touch()
    config = altered(tiny, data={"folder": str(folder)})
    state = loop.train(config, tmp_path / "run", num_devices=1)
    out = capsys.readouterr().out
    assert "images: 39\nimages used: 36\n" in out and "unreadable 3" in out
    for name in ("truncated.png", "text.png", "empty.png"):
        assert f"  {name}: " in out
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(finished[1]), strict=True):
        np.testing.assert_array_equal(one, other)
