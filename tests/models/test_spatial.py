"""Both networks mark their last spatial features, and nothing else changes by it."""

import jax
import jax.numpy as jnp
import pytest

from imgforensics.models import build
from imgforensics.models.spatial import Spatial

SMALL = {
    "paper": {"channels": (4, 8), "hidden_features": 16, "embedding_features": 8},
    "compact": {"channels": (2, 2), "blocks": (1, 1), "pooled_features": 4, "hidden_features": 8},
}


@pytest.mark.parametrize("name", build.ARCHITECTURES)
def test_the_last_spatial_features_are_marked_once(name):
    network = build.ARCHITECTURES[name](**SMALL[name])
    images = jnp.zeros((3, 2, 32, 32))
    variables = jax.eval_shape(network.init, jax.random.key(0), images)
    assert set(variables) <= {"params", "moments"} and "spatial" not in variables["params"]
    _, kept = jax.eval_shape(
        lambda variables: network.apply(
            variables, images, capture_intermediates=lambda module, _: isinstance(module, Spatial)
        ),
        variables,
    )
    assert list(kept) == ["intermediates"] and list(kept["intermediates"]) == ["spatial"]
    [features] = kept["intermediates"]["spatial"]["__call__"]
    assert features.shape[:2] == (3, 2) and features.ndim == 5
    assert 2 <= features.shape[2] == features.shape[3] < 32
