"""FaceNet's triplet loss (Schroff, Kalenichenko, Philbin 2015, equation 2)."""

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.losses import batch, reducers
from imgforensics.losses.distances import squared_l2
from imgforensics.losses.mining import MINERS
from imgforensics.models import all_pairs
from imgforensics.models.metric import Metric


def facenet(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """max(0, |anchor - same|^2 - |anchor - negative|^2 + margin) of each anchor.

    Args:
        forensic: the metric f; unused, as distances are not over a threshold here.
        embeddings: float [3, b, D] of the anchor, same and different images, of unit length.
        config: `margin`, in squared distances. `mining`, one of `MINERS`, by which negatives are
            chosen: of several the mean is taken, over those that violate the margin; where there is
            none, the loss is 0. And `negatives`, how many an anchor has to choose from, see
            `batch.manipulated`; 0 for every other manipulated image.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, negatives = batch.manipulated(embeddings, config.negatives, axis_name)
    copies = squared_l2(anchor, same)
    each_alike = Metric(jnp.ones(anchor.shape[-1], anchor.dtype), squared=True)
    others = all_pairs.distances(each_alike, anchor, images)
    violations = jax.nn.relu(copies[:, None] - others + config.margin)
    chosen = MINERS[config.mining](copies, others, negatives)
    return reducers.mean_of_positive(violations, chosen)
