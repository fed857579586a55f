"""The paper's loss over all pairs of a batch."""

import jax

from imgforensics.losses import batch, reducers
from imgforensics.models import all_pairs, metric
from imgforensics.models.metric import Metric


def alpha_pairs(
    forensic: Metric,
    embeddings: jax.Array,
    negatives: int = 0,
    hardness: float = 0.0,
    axis_name: str | None = None,
) -> jax.Array:
    """As `alpha_triplet`, with the mean over many negatives in place of the one different image.

    Args:
        forensic: the metric f.
        embeddings: float [3, b, D] of the anchor, same and different images.
        negatives: how many an anchor has, see `batch.negatives`; 0 for every other
            manipulated image. With 1 this is `alpha_triplet`.
        hardness: how much more near negatives weigh, see `reducers.mean_by_hardness`.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, numbers = batch.manipulated(embeddings, axis_name)
    chosen = batch.negatives(numbers, len(images) // 2, negatives)
    copies = metric.distance(forensic, anchor, same)
    others = all_pairs.distances(forensic, anchor, images)
    mean = reducers.mean_by_hardness(jax.nn.log_sigmoid(others - 1), others, chosen, hardness)
    return -(jax.nn.log_sigmoid(1 - copies) + mean)
