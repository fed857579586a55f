import json
import pathlib
import re
import subprocess
import sys

import here
import numpy as np
import pytest
from PIL import Image

from imgforensics.explain import gradcam
from imgforensics.inference import weights

ROOT = pathlib.Path(__file__).parents[2]


def run(command, *arguments):
    command = [sys.executable, "-W", "error", "-m", "imgforensics", command, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(means, tmp_path_factory):
    """Weights, and two cases of two images each; one image has another size."""
    root = tmp_path_factory.mktemp("explain")
    weights.export(means, root / "means.npz")
    rng = np.random.RandomState(0)
    for case in "xy":
        (root / "cases" / case).mkdir(parents=True)
        for number in range(2):
            levels = rng.randint(0, 256, (16, 16 + 8 * number)).astype(np.uint8)
            Image.fromarray(levels).save(root / "cases" / case / f"{number}.png")
    return root


def test_a_pair_is_explained(folder):
    pair = folder / "cases" / "x" / "0.png", folder / "cases" / "y" / "1.png"
    done = run("explain", f"--weights={folder / 'means.npz'}", f"--out={folder / 'o.png'}", *pair)
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first == f"explaining {pair[0]} and {pair[1]}" and third.endswith("o.png")
    assert second.startswith("f 0.") and second.endswith(", at most 1: same")
    with Image.open(folder / "o.png") as picture:
        assert picture.size == (1080, 792)
        levels = np.asarray(picture.convert("RGB")).astype(int)
    red, green, _ = np.moveaxis(levels, -1, 0)
    assert (red > green + 60).any() and (green > red + 30).any()


@pytest.mark.parametrize(
    "images, message",
    [
        (["a.png"], r"give A.png and B.png \(1 given"),
        (["a.png", "b.png", "c.png"], r"give A.png and B.png \(3 given"),
        (["cases/x/0.png", "no.png"], "cannot read .*no.png: No such file"),
    ],
)
def test_what_is_no_pair_is_one_line(folder, images, message):
    named = [folder / image for image in images]
    flags = f"--weights={folder / 'means.npz'}", f"--out={folder / 'n.png'}"
    done = here.run("explain", *flags, *named)
    assert done.returncode == 1 and not (folder / "n.png").exists()
    [line] = done.stderr.splitlines()
    assert re.match(f"error: {message}", line)


def test_maps_are_judged(folder):
    out = folder / "out" / "erasure.json"
    flags = f"--weights={folder / 'means.npz'}", f"--real={folder / 'cases'}", f"--out={out}"
    done = here.run("erasure", *flags, "--side=4")
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text())
    assert record["weights"]["step"] == 1 and record["erasure"]["cases"]["classes"] == 2
    assert record["erasure"]["alike"]["pairs"] == record["erasure"]["different"]["pairs"] == 2
    for method in gradcam.METHODS:
        assert f"  {method}: matters more than another one at a rate of 0." in done.stdout
