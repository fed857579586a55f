"""Distances between embeddings, [..., D] each, broadcast against each other into [...]."""

import jax
import jax.numpy as jnp


def l1(first: jax.Array, second: jax.Array) -> jax.Array:
    """Sum of absolute differences."""
    return jnp.abs(first - second).sum(axis=-1)


def squared_l2(first: jax.Array, second: jax.Array) -> jax.Array:
    """Sum of squared differences, without the root, whose gradient at 0 is infinite."""
    return jnp.square(first - second).sum(axis=-1)
