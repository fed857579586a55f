"""Each network has one method that returns its last spatial features."""

import jax
import jax.numpy as jnp
import pytest

from imgforensics.models import build

SMALL = {
    "paper": {"channels": (4, 8), "hidden_features": 16, "embedding_features": 8},
    "compact": {"channels": (2, 2), "blocks": (1, 1), "pooled_features": 4, "hidden_features": 8},
}


@pytest.mark.parametrize("name", build.ARCHITECTURES)
def test_the_last_spatial_features_are_found_once(name):
    network = build.ARCHITECTURES[name](**SMALL[name])
    images = jnp.zeros((3, 2, 32, 32))
    variables = jax.eval_shape(network.init, jax.random.key(0), images)
    _, kept = jax.eval_shape(
        lambda variables: network.apply(
            variables, images, capture_intermediates=lambda _, method: method == "spatial"
        ),
        variables,
    )
    [features] = kept["intermediates"]["spatial"]
    assert features.shape[:2] == (3, 2) and features.ndim == 5
    assert 2 <= features.shape[2] == features.shape[3] < 32
