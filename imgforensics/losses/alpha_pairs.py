"""The paper's loss over all pairs of a batch."""

import jax
import ml_collections

from imgforensics.losses import batch, reducers
from imgforensics.models import all_pairs, metric
from imgforensics.models.metric import Metric


def alpha_pairs(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """As `alpha_triplet`, with the mean over many negatives in place of the one different image.

    Args:
        forensic: the metric f.
        embeddings: float [3, b, D] of the anchor, same and different images.
        config: `negatives`, how many an anchor has, see `batch.manipulated`; 0 for every other
            manipulated image. With 1 this is `alpha_triplet`. And `hardness`, how much more near
            negatives weigh, see `reducers.mean_by_hardness`.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, negatives = batch.manipulated(embeddings, config.negatives, axis_name)
    copies = metric.distance(forensic, anchor, same)
    others = all_pairs.distances(forensic, anchor, images)
    mean = reducers.mean_by_hardness(
        jax.nn.log_sigmoid(others - 1), others, negatives, config.hardness
    )
    return -(jax.nn.log_sigmoid(1 - copies) + mean)
