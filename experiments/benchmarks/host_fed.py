"""The memory of training on images that stay on disk, while their number grows."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import ml_collections
import numpy as np

from imgforensics.data import frozen
from imgforensics.data.micrographs import SIDE, Micrographs

COUNTS = (1000, 10_000)  # images
_TRAIN = """
import sys
from imgforensics.inference import weights
from imgforensics.utils import peak_memory
from imgforensics.training import loop

config, workdir = sys.argv[1:]
loop.train(weights.config_from_json(config), workdir)
print(peak_memory.peak_memory())
"""
_PATIENCE = 600  # seconds for a run; the machine may be busy
_CELLS = 16  # on each side of a texture
# Programs of any size are kept, and in a folder of their own.
_CACHE = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}


class _Textures:
    """Random textures [count, 256, 256], made when they are asked for."""

    def __init__(self, count):
        self._count = count

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        random = np.random.default_rng(number)
        cells = random.integers(0, 256, (_CELLS, _CELLS), dtype=np.uint8)
        return np.kron(cells, np.ones((SIDE // _CELLS, SIDE // _CELLS), np.uint8))

    def __array__(self, dtype=None, copy=None):
        """Else NumPy would take all rows and pixels for sequences of their own, in much memory."""
        return np.stack([self[number] for number in range(self._count)])


def small(config: ml_collections.ConfigDict) -> ml_collections.ConfigDict:
    """A run that takes little memory besides its images: a small network and batch, few steps."""
    config = config.copy_and_resolve_references().unlock()
    config.model.channels = (4, 8)
    config.model.hidden_features = 16
    config.manipulations.output_size = 32
    config.batch_size, config.validation_triplets, config.steps = 8, 8, 30
    return config


def measure(
    config: ml_collections.ConfigDict, counts: Sequence[int] = COUNTS, on_device: bool = False
) -> dict[str, int]:
    """Runs whole trainings on frozen sets, each in a process of its own.

    Args:
        config: of the runs, but for their data.
        counts: of the sets' images.
        on_device: whether they are all put on the device instead.

    Returns:
        The peak memory of each run in bytes, by the number of images.

    Raises:
        RuntimeError: a training failed; the message is what it said.
    """
    config = config.copy_and_resolve_references()
    peaks = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        environment = os.environ | _CACHE | {"JAX_COMPILATION_CACHE_DIR": str(scratch / "cache")}
        # Compiling takes more memory than training: the first run only fills the cache.
        for run, count in enumerate((counts[0], *counts)):
            folder = scratch / f"{count}"
            if not folder.exists():
                names = np.array([f"{number:06d}" for number in range(count)])
                frozen.freeze(Micrographs(_Textures(count), names, names, names), folder)
            config.data.update(source="frozen", folder=str(folder), on_device=on_device)
            command = [sys.executable, "-c", _TRAIN, config.to_json(), str(scratch / f"run{run}")]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_PATIENCE
            )
            if done.returncode:
                raise RuntimeError(f"a training on {count} images failed: {done.stderr}")
            peaks[str(count)] = json.loads(done.stdout.splitlines()[-1])
    return peaks
