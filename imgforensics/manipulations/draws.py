"""Draws from the half-open ranges and the probabilities of a config.

Integers are uniform over low, low + 1, ..., high - 1 and reals uniform over [low, high), as in the
authors' code. Ranges named after lengths are fractions of the image's side; the authors cut such
ends to whole pixels, and so does `pixels`.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

Range = tuple[float, float]  # low, high


def integer(key: jax.Array, ends: Range, shape: Sequence[int] = ()) -> jax.Array:
    """Draws int32 of the shape, uniform over the whole numbers in [low, high)."""
    return jax.random.randint(key, shape, *ends)


def real(key: jax.Array, ends: Range) -> jax.Array:
    """Draws one float32, uniform over [low, high)."""
    low, high = ends
    return low + (high - low) * jax.random.uniform(key)


def chance(key: jax.Array, probability: float) -> jax.Array:
    """Draws one bool that is true with the probability; 0 is never and 1 is always."""
    return jax.random.uniform(key) < probability


def choice(key: jax.Array, weights: Sequence[float]) -> jax.Array:
    """Draws one int32 index in proportion to the weights; an index of weight 0 never comes."""
    ends = jnp.cumsum(jnp.asarray(weights, jnp.float32))
    return jnp.searchsorted(ends, jax.random.uniform(key) * ends[-1], side='right').astype(jnp.int32)


def pixels(fractions: Range, side: int) -> tuple[int, int]:
    """Returns a range of fractions of the side as a range of whole pixels."""
    low, high = fractions
    return int(low * side), int(high * side)
