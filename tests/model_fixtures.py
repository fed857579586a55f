import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics.data.micrographs import Micrographs
from imgforensics.inference import weights
from imgforensics.models import build

SIDE = 32


def tiny_model(**fields):
    """A small network with moments of three different branches."""
    config = common.get_config()
    config.model.update(channels=(4, 8), hidden_features=16, embedding_features=8)
    config.model.update(**fields)
    config.manipulations.output_size = SIDE
    config.validation_triplets = 30
    config.evaluation.update(test_pairs=40, real_runs=3)
    network = build.network(config.model)
    # Shapes and numpy's numbers take no compilation.
    shapes = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.zeros((3, 1, SIDE, SIDE))))
    rng = np.random.RandomState(0)

    def draw(path, leaf):
        values = {
            "count": lambda: 5,
            "scale": lambda: rng.uniform(0.8, 1.2, leaf.shape),
            "variance": lambda: rng.uniform(0.1, 0.5, leaf.shape),
            "mean": lambda: rng.uniform(0.0, 0.3, leaf.shape),
        }
        draw_leaf = values.get(path[-1].key, lambda: 0.3 * rng.standard_normal(leaf.shape))
        return jnp.asarray(draw_leaf(), leaf.dtype)

    variables = jax.tree_util.tree_map_with_path(draw, shapes)
    return weights.Model(config, variables["params"], variables.get("moments", {}), 7)


@pytest.fixture(scope="session")
def model():
    return tiny_model()


@pytest.fixture
def make_model():
    return tiny_model


@pytest.fixture(scope="session")
def micrographs():
    """100 micrographs of 10 classes and 50 sources."""
    rng = np.random.RandomState(0)
    images = rng.randint(0, 256, (100, 8, 8)).astype(np.uint8).repeat(32, 1).repeat(32, 2)
    number = np.arange(100)
    return Micrographs(
        images=images,
        names=np.array([f"n{i}" for i in number]),
        classes=np.array([f"c{i % 10}" for i in number]),
        sources=np.array([f"s{i // 2}" for i in number]),
    )


@pytest.fixture(scope="session")
def patches():
    """uint8 [101, 32, 32]."""
    return np.random.RandomState(1).randint(0, 256, (101, SIDE, SIDE)).astype(np.uint8)
