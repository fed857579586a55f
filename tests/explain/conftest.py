"""Networks so small that one knows by hand what their f is made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from configs import common
from imgforensics.inference import weights
from imgforensics.models import build

SIDE = 16  # of the images; features are [8, 8], each the maximum of 2x2 pixels


def make(head, embedding, alpha):
    """A network with one block, whose features are the maxima of 2x2 pixels.

    Args:
        head: float [8, 8, H], what each place adds to the H numbers of the first dense layer.
        embedding: float [H, D], the second layer.
        alpha: float [D].
    """
    config = common.get_config()
    config.model.update(
        channels=(1,), hidden_features=head.shape[-1], embedding_features=len(alpha), lrn=False,
        nin=False, batch_normalization=False, pixel_normalization=False, first_moments_raw=False,
    )  # fmt: skip
    config.manipulations.output_size = SIDE
    network = build.network(config.model)
    shapes = jax.eval_shape(network.init, jax.random.key(0), jnp.zeros((3, 1, SIDE, SIDE)))
    flat = traverse_util.flatten_dict(shapes["params"], sep="/")
    params = {name: np.zeros(leaf.shape, np.float32) for name, leaf in flat.items()}
    for name in ("block0_conv1/kernel", "block0_conv2/kernel"):
        params[name][1, 1] = 1  # a convolution that does nothing
    params["hidden/kernel"][:] = head.reshape(64, -1)
    params["embedding/kernel"][:] = embedding
    params["alpha"][:] = alpha
    tree = traverse_util.unflatten_dict(params, sep="/")
    return weights.Model(config, jax.tree.map(jnp.asarray, tree), {}, 1)


@pytest.fixture(scope="session")
def means():
    """f is the sum of two absolute differences of means, over the first and the last quarter.

    The means are of the features: the quarters are [:4, :4] and [4:, 4:] of the 8x8.
    """
    head = np.zeros((8, 8, 2), np.float32)
    head[:4, :4, 0] = head[4:, 4:, 1] = 1 / 16
    return make(head, np.eye(2, dtype=np.float32), np.ones(2, np.float32))


@pytest.fixture(scope="session")
def one_place():
    """f looks at one place of the 8x8 features, row 2 and column 5, and at nothing else."""
    head = np.zeros((8, 8, 1), np.float32)
    head[2, 5] = 3
    return make(head, np.ones((1, 1), np.float32), np.array([2.0], np.float32))


@pytest.fixture(scope="session")
def blind():
    """f is 0, whatever the images."""
    return make(np.ones((8, 8, 1), np.float32), np.ones((1, 1), np.float32), np.zeros(1))
