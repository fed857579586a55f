import os
import pathlib
import signal
import subprocess
import sys

import pytest

from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

WRITING = """
import sys, time
from imgforensics.utils import atomic
with atomic.writing(sys.argv[1]) as file:
    file.write("half")
    file.flush()
    print("there", flush=True)
    time.sleep(300)
"""


def test_a_file_is_whole_or_as_before(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic.writing(path) as file:
        file.write("first")
    with pytest.raises(ZeroDivisionError), atomic.writing(path) as file:
        file.write("second")
        raise ZeroDivisionError
    assert path.read_text() == "first" and os.listdir(path.parent) == ["a.txt"]


def test_names_may_be_as_long_as_names_can_be(tmp_path):
    with atomic.writing(tmp_path / f"{'x' * 251}.txt") as file:
        file.write("text")
    with pytest.raises(UserError, match="File name too long"):
        with atomic.writing(tmp_path / ("x" * 256)):
            pass


def test_text_keeps_the_bytes_of_names(tmp_path):
    with atomic.writing(tmp_path / "a.txt") as file:
        file.write("caf\udce9 é\n")
    assert (tmp_path / "a.txt").read_bytes() == b"caf\xe9 \xc3\xa9\n"


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    """Of two processes in the middle of writing only one is killed."""
    path = tmp_path / "a.txt"
    command = [sys.executable, "-c", WRITING, str(path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writing = [subprocess.Popen(command, stdout=subprocess.PIPE, env=env) for _ in range(2)]
    try:
        for process in writing:
            assert process.stdout.readline() == b"there\n"
        foreign = tmp_path / ".imgforensics-other.txt"
        foreign.touch()
        writing[0].send_signal(signal.SIGKILL)
        writing[0].wait()
        assert len(list(tmp_path.glob(".*.part"))) == 2
        with atomic.writing(tmp_path / "b.txt") as file:
            file.write("text")
        assert len(list(tmp_path.glob(".*.part"))) == 1 and foreign.exists()
    finally:
        for process in writing:
            process.kill()
            process.wait()
            process.stdout.close()
    with atomic.writing(path) as file:
        file.write("whole")
    assert {each.name for each in tmp_path.iterdir()} == {"a.txt", "b.txt", foreign.name}


def test_errors_name_the_file(tmp_path):
    with pytest.raises(UserError, match=f"cannot write {tmp_path}: it is a folder"):
        with atomic.writing(tmp_path):
            pass
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write .*file/a.txt: "):
        with atomic.writing(pathlib.Path(tmp_path, "file", "a.txt")):
            pass
