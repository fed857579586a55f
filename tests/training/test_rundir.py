"""The folder of a run: whose it is, how it was begun, and what may be wrong with it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from imgforensics.training import loop, rundir
from imgforensics.utils.errors import UserError

HOLD = """
import sys
from imgforensics.training import rundir
with rundir.alone(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that trains in the folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_training_is_refused_until_the_first_has_gone(holder, tiny, tmp_path):
    with pytest.raises(UserError, match="another process trains in .*: wait until it has ended"):
        loop.train(tiny, tmp_path, num_devices=1)
    assert not os.listdir(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with rundir.alone(tmp_path), pytest.raises(UserError, match="another process trains in"):
        with rundir.alone(tmp_path):
            pass
    with rundir.alone(tmp_path):
        pass


def test_it_is_known_how_a_run_was_begun(tiny, tmp_path):
    assert rundir.devices_of(tmp_path) is None and rundir.devices_of(tmp_path / "none") is None
    begun = rundir.Devices("cpu", 3, 2)
    rundir.claim(tmp_path, tiny, begun)
    rundir.claim(tmp_path, tiny, rundir.Devices("gpu", 1, 0))
    assert rundir.devices_of(tmp_path) == begun
    rundir.check(tmp_path, tiny)
    right = begun._asdict()
    wrong = [right | {"number": 0}, right | {"cores": 1e3}, right | {"platform": 1}, [], {},
             right | {"more": 1}, right | {"number": True}]  # fmt: skip
    for content in ("", "[" * 10**5, *map(json.dumps, wrong)):
        (tmp_path / "devices.json").write_text(content)
        with pytest.raises(UserError, match="devices.json is damaged .*: remove it"):
            rundir.devices_of(tmp_path)


@pytest.mark.parametrize("workdir", ["gs://bucket/run", "s3://bucket/run", "gs:/bucket"])
def test_addresses_are_no_folders(workdir, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"{workdir} is an address, and only local"):
        rundir.check(workdir, tiny)
    assert not os.listdir(tmp_path)


def test_configs_that_no_run_has_left_are_told(tiny, tmp_path):
    rundir.claim(tmp_path, tiny, rundir.Devices("cpu", 1, 1))
    path = tmp_path / "config.json"
    right = json.loads(path.read_text())
    wrong = ["", "null", "[]", "7", "{", "[" * 10**5, '{"a":' * 10**5, '{"seed": NaN}', "\0",
             json.dumps(right | {"seed": "one"}), json.dumps(right | {"model": []}),
             json.dumps(right | {"batch_size": 0}),
             json.dumps(right | {"steps": None})]  # fmt: skip
    wrong += [json.dumps({key: value for key, value in right.items() if key != name})
              for name in ("seed", "data", "model", "manipulations", "batch_size")]  # fmt: skip
    for text in wrong:
        path.write_text(text)
        for use in (rundir.read, lambda workdir: rundir.check(workdir, tiny)):
            with pytest.raises(UserError, match="config.json") as told:
                use(tmp_path)
            assert "\n" not in str(told.value) and len(str(told.value)) < 400, text[:80]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="config.json .*not UTF-8"):
        rundir.read(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UserError, match="config.json .*no regular file.*: put back the config"):
        rundir.read(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="config.json .*it is a folder"):
        rundir.read(tmp_path)
