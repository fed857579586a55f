"""`imgforensics train`: interrupted by all means, and given wrong arguments."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import here
import jax
import numpy as np
import pytest

from imgforensics.training import checkpoints, writers

pytestmark = pytest.mark.usefixtures("hardly_optimized")

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 300  # seconds; the machine may be busy


def command(*flags):
    return [sys.executable, "-m", "imgforensics", "train", *flags]


def run(*flags):
    return subprocess.run(
        command(*flags), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.fixture
def start():
    """Starts a command without waiting for it; what is left of it at the end is killed."""
    with contextlib.ExitStack() as stack:

        def start(*flags):
            process = stack.enter_context(
                subprocess.Popen(
                    command(*flags),
                    cwd=ROOT,
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            stack.callback(process.kill)
            return process

        yield start


def saved(workdir):
    """The steps of the checkpoints that are complete."""
    return [int(path.name) for path in (workdir / "checkpoints").glob("*") if path.name.isdigit()]


def done(workdir):
    """The last step of which there are metrics."""
    return max((line["step"] for line in writers.read(workdir)), default=0)


def wait_until(condition, process):
    for _ in range(PATIENCE * 100):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("the run does not get on")


@pytest.fixture(scope="module")
def flags(tiny, tmp_path_factory):
    """A run of 300 steps, which take some seconds."""
    fields = tiny.copy_and_resolve_references()
    fields.update(steps=300, validate_every=5, checkpoint_every=50)
    # What most steps and most of the compilation would go into.
    fields.model.channels = (4,)
    fields.manipulations.gamma.probability = fields.manipulations.local_edit.probability = 0.0
    fields.manipulations.clutter.update(rectangle=0.0, text=0.0)
    path = tmp_path_factory.mktemp("config") / "tiny.py"
    path.write_text(
        "import json, ml_collections\n"
        "from imgforensics.inference import weights\n"
        f"def get_config():\n    return weights.config_from_json({json.dumps(fields.to_json())})\n"
    )
    return [f"--config={path}"]


def wait_until_beyond_a_checkpoint(process, workdir, before):
    """Waits until a process has got beyond the one before it, and some steps beyond a save."""
    wait_until(lambda: done(workdir) > max(before, max(saved(workdir)) + 10), process)


def test_interrupted_run_ends_as_one_that_was_not(flags, start, tmp_path):
    """A full disk, kill -9 and SIGTERM, one after the other, against a straight run."""
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    whole = run(*flags, f"--workdir={straight}")
    assert whole.returncode == 0, whole.stderr
    go_on = (*flags, f"--workdir={broken}")

    # A disk that is full from some moment on: no file may grow.
    full = start(*go_on)
    wait_until(lambda: saved(broken), full)
    resource.prlimit(full.pid, resource.RLIMIT_FSIZE, (1, 1))
    _, err = full.communicate(timeout=PATIENCE)
    assert full.returncode == 1
    message = err.splitlines()[-1]
    assert message.startswith(("error: cannot write metrics to ", "error: could not write a che"))
    assert "File too large" in message and "start the same command again" in message
    assert "Traceback" not in err
    kept = max(saved(broken))
    assert checkpoints.read_model(broken, "latest").step == kept

    reached = done(broken)
    killed = start(*go_on)
    wait_until_beyond_a_checkpoint(killed, broken, reached)
    killed.send_signal(signal.SIGKILL)
    out, _ = killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL
    assert f"going on after step {kept} of {broken}" in out
    kept, reached = max(saved(broken)), done(broken)
    assert kept < reached < 300

    stopped = start(*go_on)
    wait_until_beyond_a_checkpoint(stopped, broken, reached)
    stopped.send_signal(signal.SIGTERM)
    out, err = stopped.communicate(timeout=PATIENCE)
    assert stopped.returncode == 128 + signal.SIGTERM
    assert f"going on after step {kept} of {broken}" in out
    kept = max(saved(broken))
    assert err.splitlines()[-1] == f"stopped after step {kept}; the same command goes on from there"
    assert "Traceback" not in err

    ended = run(*go_on)
    assert ended.returncode == 0, ended.stderr
    assert f"going on after step {kept} of {broken}" in ended.stdout
    assert "done, 300 steps; the best weights are those of step " in ended.stdout
    for which in ("best", "latest"):
        one, other = (checkpoints.read_model(folder, which) for folder in (straight, broken))
        assert one.step == other.step
        for first, second in zip(jax.tree.leaves(one[1:]), jax.tree.leaves(other[1:]), strict=True):
            np.testing.assert_array_equal(first, second)
    integrity = pathlib.Path("checkpoints", "300", "integrity", "metadata")
    hashes, metrics = (
        [(folder / name).read_text() for folder in (straight, broken)]
        for name in (integrity, "metrics.jsonl")
    )
    assert hashes[0] == hashes[1], "the optimizer's state differs"
    assert metrics[0] == metrics[1]
    assert [line["step"] for line in writers.read(broken)] == list(range(5, 301, 5))


@pytest.mark.parametrize(
    "wrong, message",
    [
        (["--config.nosuch=1"], "the config has no such field: 'nosuch'"),
        (["--config.data.nosuch.deep=1"], "the config has no such field: 'nosuch'"),
        (["--config.stepps=1"], "the config has no such field: 'stepps'; Did you mean \"steps\""),
        (["--config.steps=many"], "flag --config.steps=many: invalid literal for int()"),
        (["--config.batch_size=1.5"], "flag --config.batch_size=1.5: invalid literal for int()"),
        (["--nosuch=1"], "there is no flag --nosuch (--help lists all)"),
        (["stray"], "unexpected argument 'stray'"),
        (["--process_id=1"], "--coordinator, --num_processes and --process_id go together"),
        (
            ["--coordinator=here", "--num_processes=2", "--process_id=0"],
            "--coordinator=here is not HOST:PORT",
        ),
        (["--distributed"], "the processes of the run do not find each other (coordinator_addre"),
        (["--config=/nowhere/config.py"], "cannot read the config: [Errno 2] No such file"),
        (["--config=/nowhere/config.py", "--config.steps=1"], "cannot read the config: [Errno 2]"),
        (["--config=/"], "cannot read the config: [Errno 21] Is a directory: '/'"),
    ],
)
def test_wrong_arguments_give_one_line(wrong, message, tmp_path):
    config = [] if wrong[0].startswith("--config=") else ["--config=configs/quick.py"]
    arguments = f"--workdir={tmp_path / 'run'}", *config, *wrong
    # JAX joins other processes only where it has not begun yet.
    alone = wrong == ["--distributed"]
    failed = run(*arguments) if alone else here.run("train", *arguments)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"error: {message}")
    assert failed.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_folders_that_do_not_do_are_refused_and_left_alone(flags, textures, tmp_path):
    occupied, taken = tmp_path / "occupied", tmp_path / "taken"
    occupied.mkdir()
    (occupied / "thesis.tex").write_text("my only copy")
    taken.write_text("a file")
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, message in (
        ([f"--workdir={occupied}"], f"{occupied} is not empty and holds no run"),
        ([f"--workdir={taken}"], f"cannot use {taken} as a run's folder: File exists"),
        (
            [f"--workdir={tmp_path / 'new'}", f"--config.data.folder={empty}"],
            f"{empty} holds no image: name a folder that does",
        ),
    ):
        failed = here.run("train", *flags, *arguments)
        assert failed.returncode == 1
        assert failed.stderr.startswith(f"error: {message}"), failed.stderr
        assert failed.stderr.count("\n") == 1
    assert os.listdir(occupied) == ["thesis.tex"]
    assert (occupied / "thesis.tex").read_text() == "my only copy"
    assert taken.read_text() == "a file"
