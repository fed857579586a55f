"""FaceNet's triplet loss (Schroff, Kalenichenko, Philbin 2015, equation 2)."""

import jax
import jax.numpy as jnp

from imgforensics.losses import batch, reducers
from imgforensics.losses.distances import squared_l2
from imgforensics.losses.mining import MINERS
from imgforensics.models import all_pairs
from imgforensics.models.metric import Metric


def facenet(
    embeddings: jax.Array,
    margin: float = 0.2,
    mining: str = "semi_hard",
    negatives: int = 0,
    axis_name: str | None = None,
) -> jax.Array:
    """max(0, |anchor - same|^2 - |anchor - negative|^2 + margin) of each anchor.

    Args:
        embeddings: float [3, b, D] of the anchor, same and different images, of unit length.
        margin: in squared distances.
        mining: one of `MINERS`, by which negatives are chosen. Of several the mean is taken, over
            those that violate the margin; where there is none, the loss is 0.
        negatives: how many an anchor has to choose from, see `batch.negatives`; 0 for every other
            manipulated image.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, numbers = batch.manipulated(embeddings, axis_name)
    candidates = batch.negatives(numbers, len(images) // 2, negatives)
    copies = squared_l2(anchor, same)
    each_alike = Metric(jnp.ones(anchor.shape[-1], anchor.dtype), squared=True)
    others = all_pairs.distances(each_alike, anchor, images)
    violations = jax.nn.relu(copies[:, None] - others + margin)
    return reducers.mean_of_positive(violations, MINERS[mining](copies, others, candidates))
