"""Draws from the half-open ranges and the probabilities of a config.

Every function turns numbers that are uniform over [0, 1) into a draw, so that a whole recipe asks
its key only once: each call of `jax.random` takes a fifth of a second to compile. Integers are
uniform over low, low + 1, ..., high - 1 and reals over [low, high), as in the authors' code. Ranges
of lengths are fractions of the image's side; the authors cut such ends down to whole pixels, and so
does `pixels`.
"""

import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp

Range = tuple[float, float]  # low, high


def uniform(key: jax.Array, count: int) -> jax.Array:
    """Draws float32 [count], uniform over [0, 1)."""
    return jax.random.uniform(key, (count,))


def uniforms(key: jax.Array, **counts: int) -> dict[str, jax.Array]:
    """Draws float32 [count] for each name, uniform over [0, 1) and all independent."""
    ends = list(itertools.accumulate(counts.values()))
    return dict(zip(counts, jnp.split(uniform(key, ends[-1]), ends[:-1])))


def integer(u: jax.Array, ends: Range) -> jax.Array:
    """Returns int32 of the shape of u, uniform over the whole numbers in [low, high)."""
    low, high = ends
    return low + jnp.floor(u * (high - low)).astype(jnp.int32)


def real(u: jax.Array, ends: Range) -> jax.Array:
    """Returns float32 of the shape of u, uniform over [low, high)."""
    low, high = ends
    return low + u * (high - low)


def chance(u: jax.Array, probability: float) -> jax.Array:
    """Returns bool, true with the probability; 0 is never and 1 is always."""
    return u < probability


def choice(u: jax.Array, weights: Sequence[float]) -> jax.Array:
    """Returns an int32 index in proportion to the weights; an index of weight 0 never comes."""
    ends = jnp.cumsum(jnp.asarray(weights, jnp.float32))
    return jnp.sum(u * ends[-1] >= ends[:-1], dtype=jnp.int32)


def pixels(fractions: Range, side: int) -> tuple[int, int]:
    """Returns a range of fractions of the side as a range of whole pixels."""
    low, high = fractions
    return int(low * side), int(high * side)
