"""Cross-entropy on pairs (Koch, Zemel, Salakhutdinov 2015, section 3.2)."""

import jax
import jax.numpy as jnp
import ml_collections
import optax

from imgforensics.models import metric
from imgforensics.models.metric import Metric


def koch(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """Cross-entropy of p = sigmoid(sum_k w_k |C_k(I) - C_k(J)| + bias), 1 for copies.

    With w = -alpha the argument of the sigmoid is 1 - f of the metric biased_alpha_l1. So the
    paper's loss is this one with the bias fixed at 1, by which identical images are copies from the
    start.

    Args:
        forensic: the metric f.
        embeddings: float [3, B, D] of the anchor, same and different images. Each anchor makes two
            pairs.
        config: the fields of `config.loss`; unused.
        axis_name: the mapped axis over which the batch is spread; unused.

    Returns:
        float [B].
    """
    anchor, same, different = embeddings
    logits = 1 - metric.distance(forensic, anchor, jnp.stack([same, different]))
    labels = jnp.array([[1.0], [0.0]])
    return optax.losses.sigmoid_binary_cross_entropy(logits, labels).sum(axis=0)
