"""From the losses of an anchor's pairs or triplets to that of the anchor: [b, n] into [b]."""

import jax
import jax.numpy as jnp
from jax import lax


def mean_of_positive(values: jax.Array, chosen: jax.Array) -> jax.Array:
    """Mean over those that are chosen and above 0; where there are none, 0 with gradient 0.

    Args:
        values: float [b, n].
        chosen: bool [b, n].
    """
    counted = chosen & (values > 0)
    total = jnp.where(counted, values, 0).sum(axis=1)
    return total / jnp.maximum(counted.sum(axis=1), 1)


def mean_by_hardness(
    values: jax.Array, distances: jax.Array, chosen: jax.Array, hardness: float
) -> jax.Array:
    """Mean with weights in proportion to exp(-hardness distance), through which no gradient flows.

    Robinson et al. 2021 (Contrastive learning with hard negative samples) weigh negatives so.

    Args:
        values: float [b, n].
        distances: float [b, n].
        chosen: bool [b, n], at least one of each row.
        hardness: 0 for the plain mean; with a large one the nearest counts alone.
    """
    weights = jax.nn.softmax(jnp.where(chosen, -hardness * distances, -jnp.inf), axis=1)
    return (lax.stop_gradient(weights) * jnp.where(chosen, values, 0)).sum(axis=1)
