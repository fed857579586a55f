"""Several processes, really started, train as one, and end together."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

from imgforensics.data import folder, frozen
from imgforensics.training import checkpoints, loop, processes, writers
from imgforensics.utils.errors import Interrupted

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 300  # seconds; the machine may be busy
LOST = (
    "which has ended or cannot be reached (its own output may say why): start all processes again "
    "with the same command, and the run goes on from its last checkpoint"
)
# Their programs are used for milliseconds, so that compiling them well is not worth the time.
QUICKLY_COMPILED = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


@pytest.fixture(scope="module")
def frozen_textures(textures, tmp_path_factory):
    place = tmp_path_factory.mktemp("frozen")
    frozen.freeze(folder.read(textures), place)
    return place


@pytest.fixture(scope="module")
def config(steady, frozen_textures):
    """Each process reads its share of the images."""
    config = steady.copy_and_resolve_references()
    config.data.source, config.data.folder = "frozen", str(frozen_textures)
    config.data.on_device = False
    config.validate_every = 1
    return config.lock()


@pytest.fixture
def start(tmp_path):
    """Starts both processes of a run; what is left of them at the end is killed."""
    with contextlib.ExitStack() as stack:

        def start(config, workdir, others=()):
            path = tmp_path / "config.py"
            path.write_text(
                "import json\nfrom imgforensics.inference import weights\ndef get_config():\n"
                f"    return weights.config_from_json({json.dumps(config.to_json())})\n"
            )
            port = free_port()
            started = []
            for number in range(2):
                process = subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "imgforensics",
                        "train",
                        f"--config={path}",
                        f"--workdir={workdir}",
                        f"--coordinator=localhost:{port}",
                        "--num_processes=2",
                        f"--process_id={number}",
                        *(others if number else ()),
                    ],
                    cwd=ROOT,
                    env=os.environ | {"XLA_FLAGS": QUICKLY_COMPILED},
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
                started.append(stack.enter_context(process))
                stack.callback(process.kill)
            return started

        yield start


def free_port():
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def ends(started):
    """The exit code, the last line on stderr and the whole stdout of each."""
    results = []
    for process in started:
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err and "client.h" not in err, err
        results.append((process.returncode, (err.splitlines() or [""])[-1], out))
    return results


def done(workdir):
    """The last step of which there are metrics."""
    return max((line["step"] for line in writers.read(workdir)), default=0)


def until(started, workdir, step):
    """Waits until the run has got to a step."""
    for _ in range(PATIENCE * 100):
        if done(workdir) >= step:
            return
        for process in started:
            assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("the run does not get on")


def altered(config, **fields):
    config = config.copy_and_resolve_references()
    config.update(fields)
    return config.lock()


def test_two_processes_train_as_one(config, start, tmp_path):
    """They read their images from disk, and one process has all of them on its device."""
    config = altered(config, steps=4)
    one, two, nothing = tmp_path / "one", tmp_path / "two", tmp_path / "nothing"
    started = start(config, two, others=[f"--workdir={nothing}"])
    state = loop.train(altered(config, data={"on_device": True}), one, num_devices=1)
    (first_code, _, first_out), (code, err, out) = ends(started)
    assert first_code == code == 0 and not err
    assert "done, 4 steps" in first_out
    assert "training on" in first_out and "training on" not in out, "only the first one talks"
    assert not nothing.exists(), "only the first one writes"
    expected, metrics = writers.read(one), writers.read(two)
    assert [line["step"] for line in metrics] == [1, 2, 3, 4]
    for line, other, tolerance in zip(expected, metrics, (1e-4, 1e-2, 1e-2, 1e-2), strict=True):
        assert line.keys() == other.keys()
        np.testing.assert_allclose(other["loss"], line["loss"], rtol=tolerance / 10)
        for name in line:
            np.testing.assert_allclose(other[name], line[name], rtol=tolerance, err_msg=name)
    model = checkpoints.read_model(two, "latest")
    assert model.step == 4
    leaves = zip(jax.tree.leaves(state.latest.params), jax.tree.leaves(model.params), strict=True)
    for leaf, other in leaves:
        np.testing.assert_allclose(other, leaf, rtol=1e-3, atol=2e-4)


@pytest.mark.slow
def test_run_that_lost_a_process_ends_as_one_that_did_not(config, start, tmp_path):
    """kill -9 of the one, kill -9 of the other, and SIGTERM, against a straight run."""
    config = altered(config, steps=80, checkpoint_every=10)
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    assert [code for code, _, _ in ends(start(config, straight))] == [0, 0]

    for victim, lost in ((1, "another process .*"), (0, "process 0")):
        before = done(broken)
        started = start(config, broken)
        until(started, broken, before + 15)
        before = time.monotonic()
        started[victim].send_signal(signal.SIGKILL)
        results = ends(started)
        assert time.monotonic() - before < processes.HEARTBEAT_TIMEOUT + 10
        assert results[victim][0] == -signal.SIGKILL
        code, err, _ = results[1 - victim]
        assert code != 0
        assert re.fullmatch(f"error: this run has lost {lost}, {re.escape(LOST)}", err)

    kept = max(int(path.name) for path in (broken / "checkpoints").glob("[0-9]*0"))
    before = done(broken)
    started = start(config, broken)
    until(started, broken, before + 15)
    started[1].send_signal(signal.SIGTERM)
    results = ends(started)
    assert f"going on after step {kept} of {broken}" in results[0][2]
    step = checkpoints.read_model(broken, "latest").step
    for code, err, _ in results:
        assert code == 128 + signal.SIGTERM
        assert err == f"stopped after step {step}; the same command goes on from there"

    assert [code for code, _, _ in ends(start(config, broken))] == [0, 0]
    for name in ("metrics.jsonl", "checkpoints/80/integrity/metadata"):
        assert (broken / name).read_text() == (straight / name).read_text()


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_process_that_is_silent_counts_as_lost(config, start, tmp_path, victim):
    started = start(altered(config, steps=10_000), tmp_path / "run")
    until(started, tmp_path / "run", 5)
    before = time.monotonic()
    started[victim].send_signal(signal.SIGSTOP)
    ((code, err, _),) = ends([started[1 - victim]])
    assert time.monotonic() - before < processes.HEARTBEAT_TIMEOUT + 10
    assert code != 0 and err.endswith(f"error: this run has lost process {victim}, {LOST}")


@pytest.mark.slow
def test_what_one_process_refuses_ends_all(config, start, tmp_path):
    run = tmp_path / "run"
    assert [code for code, _, _ in ends(start(altered(config, steps=1), run))] == [0, 0]
    for code, err, _ in ends(start(altered(config, steps=1, patience=9), run)):
        assert code == 1
        assert err.startswith(f"error: {run} holds a run of another config: patience is 1000 there")
    first, second = ends(start(config, tmp_path / "new", others=["--config.seed=1"]))
    assert first[0] == second[0] == 1
    assert second[1].startswith("error: the config of process 1 is not that of process 0 (seed):")
    assert first[1].startswith("error: this run has lost another process")


ACCOUNTS = {
    "E1 add_port.cc:83] Failed to add port to server: No address added\nFatal Python error: Segm": (
        "cannot listen at host:1: name another port in --coordinator"
    ),
    "F1 client.h:80] Terminating process because the JAX distributed service detected fatal errors."
    " DEADLINE_EXCEEDED\n\nRPC: /xla.coordination.CoordinationService/RegisterTask\n*** Check": (
        "not all processes have come to host:1 within 300 seconds: start all with the same "
        "--coordinator and --num_processes, each with its own --process_id"
    ),
    "F1 client.h:80] Terminating process because the JAX distributed service detected fatal errors."
    " DEADLINE_EXCEEDED\n\nRPC: /xla.coordination.CoordinationService/Heartbeat\n*** Check": (
        f"this run has lost process 0, {LOST}"
    ),
    "E1 coordination_service.cc:1549] [1] Use error polling to propagate the following error to all"
    " tasks: UNAVAILABLE: The following tasks are unhealthy (stopped sending heartbeats):\n12\nThe"
    " tasks have crashed.": f"this run has lost process 12, {LOST}",
    "collective failed: UNKNOWN: Gloo all-reduce failed: closed by peer\nmore": (
        "this run has lost another process (UNKNOWN: Gloo all-reduce failed: closed by peer), "
        f"{LOST}"
    ),
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_account_of_a_failure_becomes_one_line(account, capsys):
    watched(f"some warning\n{account}")
    assert capsys.readouterr().err == f"some warning\n\nerror: {ACCOUNTS[account]}\n"


def test_nothing_is_kept_back_from_a_process_that_ends_by_itself(capsys):
    lines = "W1 coordination_service_agent.cc:1] a passing difficulty\nmore\n"
    watched(lines + processes._ENDED)
    assert capsys.readouterr().err == lines


@pytest.mark.parametrize("reason, left", [(Interrupted("saved", 15), []), (ValueError(), [1])])
def test_a_stop_that_all_have_agreed_on_is_no_failure(reason, left, monkeypatch):
    """A failure ends this process at once, by an exit code of its own; a stop in the usual way."""
    codes = []
    monkeypatch.setattr(processes, "_start_watching", lambda coordinator: None)
    monkeypatch.setattr(jax.distributed, "initialize", lambda *names, **limits: None)
    monkeypatch.setattr(processes.atexit, "register", lambda act, code, process: codes.append(code))
    with pytest.raises(type(reason)), processes.joined("localhost:1", 1, 0):
        raise reason
    assert codes == left


def watched(text):
    """Has `processes` watch a process that writes a text."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    processes._watch(reading, "host:1")
