"""`python -m experiments.baselines` from a folder of images to a table, and what it refuses."""

import json
import pathlib
import re
import subprocess
import sys

import cv2
import here
import numpy as np
import pytest

from experiments.tables import table_baselines

ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classes of 15 images each, with corners enough for keypoints."""
    root, rng = tmp_path_factory.mktemp("micrographs"), np.random.default_rng(0)
    for number in range(30):
        image = np.full((256, 256), 128, np.uint8)
        for _ in range(250):
            centre = rng.integers(0, 256, 2).tolist()
            cv2.circle(image, centre, int(rng.integers(2, 12)), int(rng.integers(0, 256)), -1)
        (root / f"c{number % 2}").mkdir(exist_ok=True)
        cv2.imwrite(str(root / f"c{number % 2}" / f"{number}.png"), image)
    return root


def run(folder, out, *options):
    return here.experiment("baselines", f"--folder={folder}", f"--out={out}", *options)


def test_from_images_to_a_table_and_on(folder, tmp_path):
    out, options = tmp_path / "baselines.json", ["--sets=test_composite", "--size=4"]
    command = [sys.executable, "-m", "experiments.baselines", f"--folder={folder}", f"--out={out}"]
    done = subprocess.run(
        [*command, "--systems=orb", *options], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text())
    assert list(record["systems"]) == ["orb"]
    assert list(record["sets"]) == ["validation_composite", "test_composite"]
    judged = record["systems"]["orb"]["sets"]["test_composite"]
    assert judged["random"]["auc"] > 0.5 and judged["tuned_on"] == "validation_composite"
    assert str(folder) not in out.read_text()
    assert table_baselines.plain(record) in done.stdout
    done = run(folder, out, "--systems=orb,sift", *options)
    assert done.returncode == 0, done.stderr
    longer = json.loads(out.read_text())
    assert list(longer["systems"]) == ["orb", "sift"]
    assert longer["systems"]["orb"] == record["systems"]["orb"]


@pytest.mark.parametrize(
    "option,message",
    [
        ("--systems=hash", "there is no baseline 'hash'"),
        ("--weights=runs/mine", "--weights has 'runs/mine': give NAME=W"),
        ("--sets=test", "there is no set of pairs 'test'"),
    ],
)
def test_mistakes_are_told_in_one_line(folder, tmp_path, option, message):
    options = [option] if "systems" in option else [option, "--systems=orb"]
    done = run(folder, tmp_path / "baselines.json", *options)
    assert done.returncode == 1
    assert re.search(rf"^error: {re.escape(message)}", done.stderr, re.MULTILINE)
    assert not list(tmp_path.iterdir())


def pins(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_pins_fit_those_of_the_lock_and_of_the_benchmark():
    pinned = pins("requirements-baselines.txt")
    for name in ("requirements.lock", "requirements-benchmark.txt"):
        others = pins(name)
        both = pinned.keys() & others.keys()
        assert both and {one: pinned[one] for one in both} == {one: others[one] for one in both}
