"""Which images of a batch are negatives of an anchor.

A batch of B triplets holds B anchors, B same and B different images, of 2 B distinct sources. Pairs
are those that the network is asked about: an anchor and a manipulated image, any of the 2 B same
and different ones. Its own same image is an anchor's only positive, and the other 2 B - 1 are its
negatives. Anchors are not compared with anchors, so that no image meets itself.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax


class Manipulated(NamedTuple):
    """The manipulated images of the whole batch, which may be spread over devices.

    Attributes:
        embeddings: float [2 B, D], all same images and then all different ones.
        negatives: bool [b, 2 B], which of them are negatives of each of this device's anchors.
    """

    embeddings: jax.Array
    negatives: jax.Array


def manipulated(embeddings: jax.Array, count: int, axis_name: str | None = None) -> Manipulated:
    """Collects the manipulated images of all devices, and marks the negatives of each anchor.

    Negatives are counted from the anchor's own different image on to those of the following
    triplets and, beyond the last, of the first ones; then in the same way through the same images
    of the other triplets.

    The gradient of what this device computes from them flows back to where they come from, so that
    the sum over devices of the gradients of their own anchors' losses is that of the whole batch.

    Args:
        embeddings: float [3, b, D] of this device's anchor, same and different images.
        count: how many negatives an anchor has, at most 2 B - 1; 0 for all. A single one is its own
            different image.
        axis_name: the mapped axis over which the batch is spread, if any.
    """
    _, same, different = embeddings
    numbers = jnp.arange(len(same))
    if axis_name is not None:
        numbers += len(same) * lax.axis_index(axis_name)
        same, different = lax.all_gather((same, different), axis_name, tiled=True)
    return Manipulated(jnp.concatenate([same, different]), _marked(numbers, len(same), count))


def _marked(numbers, batch_size, count):
    """bool [b, 2 B]: the negatives of the anchors of the triplets with these numbers, [b]."""
    behind = (jnp.arange(batch_size) - numbers[:, None]) % batch_size
    # An anchor's own same image is 0 behind it.
    place = jnp.concatenate([jnp.where(behind > 0, batch_size - 1 + behind, -1), behind], axis=1)
    return (place >= 0) & (place < (count or 2 * batch_size - 1))
