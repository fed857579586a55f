"""A term that spreads embeddings, whatever the loss is."""

import jax
import jax.numpy as jnp
from jax import lax

from imgforensics.losses.distances import squared_l2
from imgforensics.models import metric

# Added to squared distances of unit vectors, so that a data set's duplicates are pushed apart no
# harder than images at a distance of 0.01, and equal ones not at all.
_NEAR = 1e-4


def spread(embeddings: jax.Array, axis_name: str | None = None) -> jax.Array:
    """-log of the distance to the nearest other image of the batch (Sablayrolles et al. 2019).

    Embeddings are scaled to unit length before. The mean over a batch is, but for a constant, an
    estimate of the negative entropy of their distribution (Kozachenko and Leonenko 1987).

    Args:
        embeddings: float [n, b, D] of n images each of b things, as anchors and their copies. They
            are told from the same ones of n only: no anchor from a copy.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b], the mean over the n images; 0 where a batch has one thing.
    """
    units = metric.unit(embeddings.astype(jnp.float32))
    others, number = units, jnp.arange(units.shape[1])
    if axis_name is not None:
        others = lax.all_gather(units, axis_name, axis=1, tiled=True)
        number += len(number) * lax.axis_index(axis_name)
    if others.shape[1] == 1:
        return jnp.zeros(1)
    likeness = lax.stop_gradient(jnp.einsum("nbd,ncd->nbc", units, others))
    itself = number[:, None] == jnp.arange(others.shape[1])
    nearest = jnp.argmax(jnp.where(itself, -jnp.inf, likeness), axis=2)
    nearest = jnp.take_along_axis(others, nearest[..., None], axis=1)
    return -0.5 * jnp.log(squared_l2(units, nearest) + _NEAR).mean(axis=0)
