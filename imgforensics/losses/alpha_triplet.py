"""The paper's triplet loss."""

import jax
import ml_collections

from imgforensics.models import metric
from imgforensics.models.metric import Metric


def alpha_triplet(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """-log sigmoid(1 - f(anchor, same)) - log(1 - sigmoid(1 - f(anchor, different))) (eq. 4).

    The authors' code takes both distances from the anchor; the paper's text writes f^12 for the
    second. Computed by log-sigmoid, which stays finite however large f is.

    Args:
        forensic: the metric f.
        embeddings: float [3, B, D] of the anchor, same and different images.
        config: the fields of `config.loss`; unused.
        axis_name: the mapped axis over which the batch is spread; unused.

    Returns:
        float [B]; the paper's loss is the sum over the batch.
    """
    anchor, same, different = embeddings
    copies = jax.nn.log_sigmoid(1 - metric.distance(forensic, anchor, same))
    others = jax.nn.log_sigmoid(metric.distance(forensic, anchor, different) - 1)
    return -(copies + others)
