import os
import signal
import subprocess
import sys
import tempfile

from imgforensics.utils import temporary

HOLDING = """
import time
from imgforensics.utils import temporary
with temporary.folder() as path:
    (path / "big").write_text("data")
    print(path, flush=True)
    time.sleep(300)
"""


def test_a_folder_is_there_for_the_block(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary.folder() as path:
        assert not list(path.iterdir())
        (path / "deep").mkdir()
    assert not list(tmp_path.iterdir())


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", HOLDING]
    holding = [subprocess.Popen(command, stdout=subprocess.PIPE, env=env) for _ in range(2)]
    try:
        paths = [process.stdout.readline().decode().strip() for process in holding]
        holding[0].send_signal(signal.SIGKILL)
        holding[0].wait()
        assert all(map(os.path.exists, paths))
        with temporary.folder():
            assert list(map(os.path.exists, paths)) == [False, True]
    finally:
        for process in holding:
            process.kill()
            process.wait()
            process.stdout.close()
