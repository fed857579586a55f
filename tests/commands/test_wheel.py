"""What an installed package can do where there is no clone."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
_BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that holds what the wheel puts into site-packages."""
    clone = tmp_path_factory.mktemp("wheel") / "clone"
    clone.mkdir()
    for path in ROOT.glob("[!.]*"):
        if path.is_file():
            shutil.copy(path, clone)
    for folder in ("imgforensics", "configs"):
        # Without the weights, which take most of the time.
        ignored = shutil.ignore_patterns("*.npz", "__pycache__")
        shutil.copytree(ROOT / folder, clone / folder, ignore=ignored)
    command = [sys.executable, "-c", _BUILD, str(clone.parent)]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    folder = clone.parent / "site-packages"
    with zipfile.ZipFile(clone.parent / done.stdout.splitlines()[-1]) as wheel:
        wheel.extractall(folder)
    return folder


def run(installed, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "imgforensics", *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, text=True,
    )  # fmt: skip


def test_it_holds_the_package_and_nothing_beside_it(installed):
    inside = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert inside == {"imgforensics"}
    configs = {path.name for path in (ROOT / "configs").glob("*.py")}
    assert {path.name for path in (installed / "imgforensics" / "configs").iterdir()} == configs
    for part in ("commands", "pretrained", "reports/figures", "models/cpu"):
        assert (installed / "imgforensics" / part / "__init__.py").is_file()


def test_commands_and_configs_work_in_any_folder(installed, tmp_path):
    listed = run(installed, tmp_path, "--help")
    assert listed.returncode == 0 and "\n  train " in listed.stdout
    printed = run(installed, tmp_path, "train", "--config=quick", "--print_config")
    assert printed.returncode == 0, printed.stderr
    assert "config.steps = 500\n" in printed.stdout
    points = run(
        installed, tmp_path, "sweep", "--config=ablate_ranges:v02", "--workdir=runs", "--dry_run"
    )
    assert points.returncode == 0, points.stderr
    first = points.stdout.splitlines()[0]
    assert first == "imgforensics sweep --config=ablate_ranges:v02 --workdir=runs --point=V01-seed0"
    file = run(installed, tmp_path, "train", "--config=configs/quick.py", "--workdir=runs")
    assert file.returncode == 1 and file.stderr == (
        "error: there is no file configs/quick.py: --config=quick is the config of this name that "
        "comes with the project\n"
    )
    assert list(tmp_path.iterdir()) == []
