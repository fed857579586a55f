import pathlib
import signal
import subprocess
import sys
import time

import here
import numpy as np
from PIL import Image

from imgforensics.data import folder, frozen, real_cases

ROOT = pathlib.Path(__file__).parents[2]


def run(*flags):
    command = [sys.executable, "-W", "error", "-m", "imgforensics", "prepare_data", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_folder_is_frozen_and_the_next_run_refuses_to_overwrite_it(tmp_path):
    images, out = tmp_path / "images", tmp_path / "out"
    (images / "cells").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (600, 600)).astype(np.uint8)
    Image.fromarray(noise).save(images / "cells" / "a.png")
    (images / "cells" / "b.png").write_text("hello")
    done = run("--source=folder", f"--folder={images}", f"--out={out}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("preparing folder\nsource: folder\n")
    assert "cells/b.png: its content is of the kind text" in done.stdout
    np.testing.assert_array_equal(frozen.read(out).images, folder.read(images).images)

    again = here.run("prepare_data", "--source=folder", f"--folder={images}", f"--out={out}")
    assert again.returncode == 1
    expected = f"error: {out} is not empty: nothing is overwritten, name a new folder\n"
    assert again.stderr == expected


def test_real_cases(tmp_path):
    done = run("--source=real_cases", f"--out={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert len(real_cases.read_cases(tmp_path).images) == 216


def test_errors_are_one_line(tmp_path):
    for flags in (["--source=folder"], ["--source=hms_forensics", "--folder=/nowhere"]):
        failed = here.run("prepare_data", *flags, f"--out={tmp_path}")
        assert failed.returncode == 1
        assert failed.stderr.startswith("error: ") and failed.stderr.count("\n") == 1


def test_what_was_ended_half_way_is_called_incomplete(tmp_path):
    """And the same command, once the folder is removed as the message says, starts anew."""
    flags = ("--source=real_cases", f"--out={tmp_path / 'out'}")
    command = [sys.executable, "-W", "error", "-m", "experiments.prepare_data", *flags]
    half = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    while half.poll() is None and not list(tmp_path.glob("out/case*/0.png")):
        time.sleep(0.01)
    half.kill()
    half.communicate()
    assert half.returncode == -signal.SIGKILL
    again = here.run("prepare_data", *flags)
    assert again.returncode == 1 and again.stderr.count("\n") == 1
    remedy = f"rm -r {tmp_path / 'out'}"
    assert "is incomplete" in again.stderr and f"start anew with `{remedy}` and" in again.stderr
    subprocess.run(remedy.split(), check=True)
    assert here.run("prepare_data", *flags).returncode == 0
