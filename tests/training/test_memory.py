"""Training on images that stay on disk takes no more memory for more of them."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from imgforensics.data import frozen
from imgforensics.data.micrographs import Micrographs

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 300  # seconds; the machine may be busy
TRAIN = """
import json, resource, sys
from imgforensics import weights
from imgforensics.training import loop

config, workdir = sys.argv[1:]
loop.train(weights.config_from_json(config), workdir)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit))
"""


class Textures:
    """Random textures [n, 256, 256], made when they are asked for."""

    def __init__(self, count):
        self._count = count

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        coarse = np.random.default_rng(number).integers(0, 256, (16, 16)).astype(np.uint8)
        return coarse.repeat(16, axis=0).repeat(16, axis=1)


def peak(config, count, folder, on_device=False):
    """The most memory that a run of a few steps takes at one time, in bytes."""
    if not folder.exists():
        names = np.array([f"{number:06d}" for number in range(count)])
        frozen.freeze(Micrographs(Textures(count), names, names, names), folder)
    config = config.copy_and_resolve_references()
    config.update(steps=30, data={"source": "frozen", "folder": str(folder), "on_device": on_device})
    command = [sys.executable, "-c", TRAIN, config.to_json(), str(folder.with_suffix(".run"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_memory_is_flat_while_the_set_grows_tenfold(steady, tmp_path):
    # Compiling takes more memory than training; the later runs take the first one's programs.
    _, small, large = (
        peak(steady, count, tmp_path / str(number))
        for number, count in enumerate((1000, 1000, 10_000))
    )
    images = 9000 * 256 * 256  # bytes that the larger set has more
    print(f"peak: {small / 2**20:.0f} MiB of 1000 images, {large / 2**20:.0f} MiB of 10 000")
    assert large - small < images / 4
