"""The forensic metric f (paper section 3.2, equations 1 to 3)."""

import jax
import jax.numpy as jnp


def distance(alpha: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
    """f(I, J) = sum_k alpha_k |C_k(I) - C_k(J)| (equation 1).

    Args:
        alpha: float [D].
        first, second: embeddings, float [..., D], broadcast against each other.

    Returns:
        float [...]: at most 1 for copies, above 1 for different images. As alpha may be negative
        f is not a metric in the mathematical sense, but f(I, I) = 0 and f(I, J) = f(J, I).
    """
    return jnp.abs(first - second) @ alpha


def likelihood(distances: jax.Array) -> jax.Array:
    """sigmoid(1 - f), above 1/2 exactly where f < 1 (equations 2 and 3)."""
    return jax.nn.sigmoid(1 - distances)
