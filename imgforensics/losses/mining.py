"""Which negatives a triplet loss learns from (Schroff, Kalenichenko, Philbin 2015, section 3.2).

A miner takes the distance of each anchor to its same image, float [b], its distances to all
candidates, float [b, n], and which of them are negatives, bool [b, n]. It gives those that are
chosen, bool [b, n], which may be none.
"""

import jax
import jax.numpy as jnp


def every(same: jax.Array, others: jax.Array, negatives: jax.Array) -> jax.Array:
    """All negatives ("batch all")."""
    return negatives


def hard(same: jax.Array, others: jax.Array, negatives: jax.Array) -> jax.Array:
    """The nearest negative, the first of those that are equally near."""
    nearest = jnp.argmin(jnp.where(negatives, others, jnp.inf), axis=1)
    return negatives & (jnp.arange(others.shape[1]) == nearest[:, None])


def semi_hard(same: jax.Array, others: jax.Array, negatives: jax.Array) -> jax.Array:
    """The nearest of the negatives that are farther away than the same image."""
    return hard(same, others, negatives & (others > same[:, None]))


MINERS = {"semi_hard": semi_hard, "hard": hard, "all": every}
