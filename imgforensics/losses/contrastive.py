"""Contrastive losses on pairs (Chopra, Hadsell, LeCun 2005; Hadsell, Chopra, LeCun 2006).

Each anchor makes two pairs, one with its same and one with its different image. E is the L1
distance of a pair's embeddings, as in the earlier paper.
"""

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.losses.distances import l1
from imgforensics.models.metric import Metric

_DECAY = 2.77  # their constant


def contrastive_exponential(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """2 / Q E^2 of the same and 2 Q exp(-2.77 / Q E) of the different pair (2005, section 2.2).

    Args:
        forensic: the metric f; unused, as E is not over a threshold.
        embeddings: float [3, B, D] of the anchor, same and different images.
        config: `contrastive_margin` is Q, above 0, the distance that counts as large.
        axis_name: the mapped axis over which the batch is spread; unused.

    Returns:
        float [B].
    """
    anchor, same, different = embeddings
    q = config.contrastive_margin
    copies, others = l1(anchor, same), l1(anchor, different)
    return 2 / q * jnp.square(copies) + 2 * q * jnp.exp(-_DECAY / q * others)


def contrastive_margin(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """E^2 / 2 of the same and max(0, margin - E)^2 / 2 of the different pair (2006, equation 4).

    Args:
        forensic: the metric f; unused, as E is not over a threshold.
        embeddings: float [3, B, D] of the anchor, same and different images.
        config: `contrastive_margin`, the distance beyond which different images don't matter,
            above 0.
        axis_name: the mapped axis over which the batch is spread; unused.

    Returns:
        float [B].
    """
    anchor, same, different = embeddings
    missing = jax.nn.relu(config.contrastive_margin - l1(anchor, different))
    return jnp.square(l1(anchor, same)) / 2 + jnp.square(missing) / 2
