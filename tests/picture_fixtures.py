import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import skimage

from configs import common
from imgforensics.images.read import read_gray
from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.verification import calibration
from imgforensics.verification.calibration import NUMBERS, SAME, SCREENING, Calibration, Point


def picture(name):
    return read_gray(pathlib.Path(skimage.__file__).parent / "data" / name)


@pytest.fixture(scope="session")
def tissue():
    """uint8 [512, 512], a stained section."""
    return picture("ihc.png")


@pytest.fixture(scope="session")
def cells():
    """uint8 [660, 550], a smooth phase-contrast picture."""
    return picture("cell.png")


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory):
    """An untrained network, and a calibration by which eight inliers of half the matches pass."""
    config = common.get_config()
    config.model.update(channels=(4, 8), hidden_features=16, embedding_features=8)
    network = build.network(config.model)
    shapes = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.zeros((3, 1, 128, 128))))
    rng = np.random.RandomState(0)
    tree = jax.tree.map(lambda leaf: jnp.asarray(rng.rand(*leaf.shape), leaf.dtype), shapes)
    model = weights.Model(config, tree["params"], tree["moments"], 3)
    path = tmp_path_factory.mktemp("weights") / "untrained.npz"
    weights.export(model, path)
    points = {
        name: Point(threshold, {"random": rate}, 0.9)
        for name, threshold, rate in ((SAME, 1.0, 0.01), (SCREENING, 0.0, 0.001))
    }
    coefficients = dict.fromkeys(NUMBERS, 0.0) | {"inliers": 2.0, "significance": 2.0}
    pairs = {"copy": 50, "random": 1000}
    fitted = Calibration(weights.fingerprint(model), -8.5, coefficients, points, points, pairs)
    calibration.save(fitted, calibration.beside(path))
    return path
