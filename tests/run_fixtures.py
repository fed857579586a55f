"""A tiny run: 36 random textures, a network of two blocks, and a step of milliseconds.

Runs differ in fields that no compiled program depends on wherever they can, so that most of them
take their programs from the cache.
"""

import compiling
import numpy as np
import pytest
from PIL import Image

from configs import common


@pytest.fixture(scope="session")
def textures(tmp_path_factory):
    """A folder of 36 PNGs of 256x256."""
    folder = tmp_path_factory.mktemp("textures")
    rng = np.random.default_rng(0)
    for number in range(36):
        coarse = rng.integers(0, 256, (32, 32)).astype(np.uint8)
        Image.fromarray(coarse).resize((256, 256)).save(folder / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="session")
def tiny(textures):
    """The config of a run of 20 steps."""
    config = common.get_config()
    config.data.source, config.data.folder = "folder", str(textures)
    config.data.split = (0.7, 0.2, 0.1)
    config.manipulations.output_size = 32
    config.model.channels = (4, 8)
    config.model.hidden_features, config.model.embedding_features = 16, 8
    config.model.init_stddev = 0.1  # lets the gradients of few steps be more than rounding
    config.optimizer.name, config.optimizer.learning_rate = "adam", 1e-3
    config.batch_size, config.validation_triplets = 8, 6
    config.steps, config.validate_every, config.checkpoint_every = 20, 2, 5
    return config.lock()


@pytest.fixture(scope="session")
def steady(tiny):
    """The config of a run in which rounding grows slowly: Adam divides small gradients by their
    size."""
    config = tiny.copy_and_resolve_references()
    config.optimizer.name, config.optimizer.learning_rate = "momentum", 1e-4
    config.jitter.brightness, config.jitter.contrast = 0.1, 0.1
    config.view.probability = 0.5
    return config.lock()


@pytest.fixture(scope="session")
def finished(tiny, tmp_path_factory):
    """A run on one device that nothing interrupted: its folder and its last state.

    Its programs are hardly optimized; whoever goes on with it needs such ones, too.
    """
    from imgforensics.training import loop  # which takes seconds

    workdir = tmp_path_factory.mktemp("runs") / "finished"
    with compiling.hardly_optimized():
        return workdir, loop.train(tiny, workdir, num_devices=1)
