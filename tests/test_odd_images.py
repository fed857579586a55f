"""Every command that reads images, on files as no one wants them."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from imgforensics import main
from imgforensics.data import folder as folders
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "images"))

import odd_files  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All odd files, among them pictures that are large enough to train with."""
    path = tmp_path_factory.mktemp("odd")
    odd_files.write(path)
    rng = np.random.default_rng(0)
    for name in ("one.png", "other.png"):
        noise = Image.fromarray(rng.integers(0, 256, (40, 40), np.uint8))
        noise.resize((300, 300), Image.Resampling.BICUBIC).save(path / name)
    return path


def test_pairs_are_refused_in_one_line(folder, tmp_path, capsys):
    refused = 0
    for path in sorted(folder.iterdir()):
        try:
            read_gray(path)
            continue
        except UserError as error:
            message = str(error)
        for command in (["compare", f"--out={tmp_path}"], ["explain", f"--out={tmp_path}/a.png"]):
            with pytest.raises(SystemExit) as end:
                main.main([*command, str(folder / "one.png"), str(path)])
            assert end.value.code == 1
            assert capsys.readouterr().err == f"error: {message}\n"
        refused += 1
    assert refused > 100


@pytest.mark.slow
def test_compare_takes_what_can_be_read(folder, tmp_path, capsys):
    """Odd as it may be, it is compared, or refused in a line, as blank and tiny images are."""
    compared = 0
    for path in sorted(folder.iterdir()):
        try:
            main.main(["compare", f"--out={tmp_path}", str(folder / "other.png"), str(path)])
            compared += 1
        except SystemExit as end:
            assert end.code == 1
            (line,) = capsys.readouterr().err.splitlines()
            assert line.startswith("error: ")
    assert compared > 50


def test_training_reads_what_can_be_read(folder):
    found = folders.read(folder)
    assert {name[: -len("_r00000_c00000")] for name in found.names} >= {"one.png", "other.png"}
    assert len(found.summary["unreadable"]) > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["pairwise", "nearest", "score_pairs", "explore", "prepare_data"]
)
def test_commands_end_well(folder, tmp_path, command):
    names = sorted(path.name for path in folder.iterdir())
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b\n" + "".join(f'one.png,"{name}"\n' for name in names))
    options = {
        "pairwise": [f"--folder={folder}", "--labels=none", f"--out={tmp_path / 'out'}"],
        "nearest": [f"--folder={folder}", f"--out={tmp_path / 'out.csv'}"],
        "prepare_data": [f"--folder={folder}", "--source=folder", f"--out={tmp_path / 'out'}"],
        "score_pairs": [f"--pairs={pairs}", f"--root={folder}", f"--out={tmp_path / 'out.csv'}"],
        "explore": [f"--folder={folder}", f"--out={tmp_path / 'out'}"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "imgforensics", command, *options[command]],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    # With exit code 2 score_pairs tells that there are pairs without a score.
    assert done.returncode == (2 if command == "score_pairs" else 0), done.stderr[-2000:]
