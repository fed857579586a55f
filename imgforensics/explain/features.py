"""A network cut in two at its last spatial features: images to features, and features to f."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from imgforensics.models import metric
from imgforensics.models.interface import ANCHOR, SAME, EmbeddingNetwork

_METHOD = "spatial"  # of each network, from images to its last features that lie in space
_PAIR = (ANCHOR, SAME)  # whose running moments normalise the two images, as in evaluation


def of_pairs(network: EmbeddingNetwork, variables: Mapping, images: jax.Array) -> jax.Array:
    """What the network's method `spatial` returns.

    Args:
        network: from `build.network`.
        variables: its parameters and running moments.
        images: float [2, B, side, side] in [0, 1], the first and the second image of B pairs.

    Returns:
        float [2, B, h, w, C].
    """
    _, kept = network.apply(
        variables, images, running=True, branches=_PAIR,
        capture_intermediates=lambda _, method: method == _METHOD,
    )  # fmt: skip
    [features] = kept["intermediates"][_METHOD]
    return features


def distances(
    network: EmbeddingNetwork, variables: Mapping, features: jax.Array, side: int
) -> jax.Array:
    """f of pairs that have these features.

    Args:
        network, variables: as in `of_pairs`.
        features: float [2, B, h, w, C].
        side: pixels of an image that has such features.

    Returns:
        float32 [B].
    """

    def replace(call, args, kwargs, context):
        return features if context.method_name == _METHOD else call(*args, **kwargs)

    # Of the images nothing is used, since the method that would look at them isn't called.
    images = jnp.zeros((*features.shape[:2], side, side))
    with nn.intercept_methods(replace):
        applied: Any = network.apply(variables, images, running=True, branches=_PAIR)
    (first, second), forensic = applied
    return metric.distance(forensic, first, second)
