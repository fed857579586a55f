"""What is measured in processes of their own: first lines, small runs and memory."""

import concurrent.futures
import multiprocessing
import sys

import numpy as np
import pytest

from experiments.benchmarks import memory, start


def write_experiments(root, **commands):
    folder = root / "experiments"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, text in commands.items():
        (folder / f"{name}.py").write_text(text)
    return root


def test_first_lines(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    installed = tmp_path / "imgforensics"
    installed.write_text("#!/bin/sh\necho $1 $4\n")
    installed.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    slow = "import sys, time; time.sleep(0.3); print(); print('at', *sys.argv[1:], flush=True)"
    root = write_experiments(
        tmp_path, hello="print('hello', flush=True); import time; time.sleep(60)", figures=slow
    )
    found = start.first_lines(root, repeats=2)
    assert found.keys() == {"hello", "figures", "imgforensics compare"}
    assert found["imgforensics compare"]["line"] == "compare --out={scratch}"
    assert found["hello"]["line"] == "hello" and found["hello"]["arguments"] == ["--help"]
    assert found["figures"]["line"] == "at --out={scratch}/figures"
    assert len(found["figures"]["seconds"]) == 2
    assert found["figures"]["median"] == np.median(found["figures"]["seconds"])
    assert 0.3 < found["figures"]["median"] < 30


def test_small_runs_share_a_cache(tmp_path):
    """The command takes time only where the cache is empty, and refuses a folder twice."""
    root = write_experiments(
        tmp_path,
        train="""
import os, pathlib, sys, time
cache = pathlib.Path(os.environ["JAX_COMPILATION_CACHE_DIR"])
if not cache.exists():
    time.sleep(1)
    cache.mkdir()
[workdir] = [a for a in sys.argv if a.startswith("--workdir=")]
pathlib.Path(workdir.removeprefix("--workdir=")).mkdir()
""",
    )
    found = start.small_runs(root)
    assert found["cold"] > found["warm"] + 0.5


@pytest.mark.slow
def test_memory(trifle):
    ballast = np.ones(2**30, np.uint8)  # of this process, not of the one that is measured
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as child:
        found = child.submit(memory.measure, trifle).result()
    sources = 8 * 256 * 256
    assert found["arguments"] > sources and found["temporary"] > 0 and found["outputs"] >= 0
    assert found["arguments"] + found["temporary"] < found["peak"] < ballast.nbytes
    assert 0 < found["temporary_remat"] != found["temporary"]
