import pathlib
import subprocess
import sys

import here
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from configs import common
from imgforensics.inference import weights
from imgforensics.models import build

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Weights of a tiny network."""
    config = common.get_config()
    config.model.update(channels=(2,), hidden_features=4, embedding_features=3)
    config.manipulations.output_size = 32
    shapes = jax.eval_shape(
        build.network(config.model).init, jax.random.key(0), jnp.zeros((3, 1, 32, 32))
    )
    rng = np.random.RandomState(0)
    drawn = jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape), leaf.dtype), shapes)
    path = tmp_path_factory.mktemp("explore") / "tiny.npz"
    moments = jax.tree.map(jnp.abs, drawn["moments"])
    weights.export(weights.Model(config, drawn["params"], moments, 7), path)
    return path


def run(*flags):
    command = [sys.executable, "-W", "error", "-m", "imgforensics", "explore", *map(str, flags)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def save(path, shape):
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.random.RandomState(len(str(path))).randint(0, 256, shape).astype(np.uint8)
    Image.fromarray(levels).save(path)


def test_a_folder_becomes_a_page_and_files_for_tensorboard(file, tmp_path):
    save(tmp_path / "in" / "a" / "one.png", (32, 32))
    save(tmp_path / "in" / "b" / "three.png", (50, 40))
    (tmp_path / "in" / "bad.png").write_bytes(b"")
    done = run(f"--weights={file}", f"--folder={tmp_path / 'in'}", f"--out={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"exploring {tmp_path / 'in'}\n")
    assert "bad.png: the file is empty (0 bytes)" in done.stdout
    assert "a/one.png" in (tmp_path / "out" / "explorer.html").read_text()
    tensors = np.loadtxt(tmp_path / "out" / "projector" / "tensors.tsv")
    assert tensors.shape == (2, 3) and np.isfinite(tensors).all()


def test_crops_of_a_source(file, tmp_path):
    save(tmp_path / "in" / "wide.png", (256, 768))
    flags = f"--folder={tmp_path / 'in'}", "--source=folder", f"--out={tmp_path / 'out'}"
    done = here.run("explore", f"--weights={file}", "--most=2", *flags)
    assert done.returncode == 0, done.stderr
    assert "crops: 3\n" in done.stdout and "shown: 2\n" in done.stdout
    lines = (tmp_path / "out" / "projector" / "metadata.tsv").read_text().splitlines()
    assert len(lines) == 3 and lines[1].startswith("wide.png_r00000_c00")


def test_one_image_is_one_line(file, tmp_path):
    save(tmp_path / "in" / "one.png", (32, 32))
    flags = f"--folder={tmp_path / 'in'}", f"--out={tmp_path / 'out'}"
    done = here.run("explore", f"--weights={file}", *flags)
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    assert done.stderr.splitlines()[-1] == (
        "error: 1 image(s) to show (0 unreadable, 0 blank) have no neighbours: give two or more"
    )
