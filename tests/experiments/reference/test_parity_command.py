import pathlib
import subprocess
import sys

import here
import numpy as np
import pytest

from experiments.reference import Check, golden
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"


def run(*arguments):
    command = [sys.executable, "-W", "error", "-m", "experiments.parity", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def tampered(tmp_path, key, change):
    with np.load(GOLDEN / "golden_manipulations.npz") as file:
        entries = dict(file)
    entries[key] = change(entries[key])
    np.savez(tmp_path / "tampered.npz", **{k: v for k, v in entries.items() if v is not None})
    return tmp_path / "tampered.npz"


def test_manipulations_agree_and_a_miss_is_an_exit_code(tmp_path):
    good = GOLDEN / "golden_manipulations.npz"
    bad = tampered(tmp_path, "gamma/output_crop", lambda values: values + 0.01)
    done = run("--golden", good)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2].split() == ["quantity", "error", "tolerance", "verdict"]
    assert [line.split()[3] for line in lines[3:13]] == ["ok"] * 10
    assert lines[13] == "10 quantities, 0 explained by rounding, 0 missed"

    # Every way to name two files; a miss in the first is not forgotten over the second.
    for arguments in (["--golden", bad, good], [f"--golden={bad},{good}"]):
        done = here.experiment("parity", *arguments)
        assert done.returncode == 1 and done.stderr == ""
        missed = [line for line in done.stdout.splitlines() if "MISS" in line]
        assert len(missed) == 1 and missed[0].split()[0] == "gamma"
        assert missed[0].split()[1:4] == ["1.00e-02", "1.96e-03", "MISS"]
        assert "1 missed" in done.stdout and "0 missed" in done.stdout


def test_the_kinds_are_told_apart_by_their_keys(tmp_path, monkeypatch):
    for kind in ("network", "manipulations"):
        seen = []
        key = next(key for key, (name, _) in golden._KINDS.items() if name == kind)

        def repeat(entries):
            seen.append(entries)
            return [Check("nothing", 0.0, 1.0)]

        monkeypatch.setitem(golden._KINDS, key, (kind, repeat))
        found, checks = golden.check(GOLDEN / f"golden_{kind}.npz")
        assert found == kind and checks[0].ok and len(seen) == 1


@pytest.mark.slow
def test_the_network_agrees():
    done = run("--golden", GOLDEN / "golden_network.npz")
    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_files(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(UserError, match="not a golden file of a known kind: .*weight_seed nor"):
        golden.check(tmp_path / "other.npz")
    with pytest.raises(UserError, match="cannot read .*nothing.npz: No such file"):
        golden.check(tmp_path / "nothing.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(UserError, match="cannot read .*text.npz: it is damaged"):
        golden.check(tmp_path / "text.npz")
    with pytest.raises(UserError, match="cannot read .*it is a folder"):
        golden.check(tmp_path)
    without = tampered(tmp_path, "erase/output_crop", lambda values: None)
    with pytest.raises(UserError, match="golden file of manipulations without 'erase/output_crop'"):
        golden.check(without)


def test_wrong_arguments(tmp_path):
    for arguments, message in (
        ([], "no golden file is named"),
        (["--golden", tmp_path / "no.npz"], "cannot read"),
        (["--golden", GOLDEN / "README.md"], "cannot read"),
    ):
        failed = here.experiment("parity", *arguments)
        assert failed.returncode == 1 and failed.stderr.startswith(f"error: {message}")
        assert failed.stderr.count("\n") == 1
