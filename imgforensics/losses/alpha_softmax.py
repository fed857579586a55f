"""Cross-entropy over all manipulated images of a batch: which of them is the anchor's copy?"""

import jax
import jax.numpy as jnp

from imgforensics.losses import batch
from imgforensics.models import all_pairs, metric
from imgforensics.models.metric import Metric


def alpha_softmax(
    forensic: Metric, embeddings: jax.Array, negatives: int = 0, axis_name: str | None = None
) -> jax.Array:
    """-log softmax(-f) of the same image among it and the negatives (van den Oord et al. 2018).

    It orders images by f and says nothing about f = 1: alpha is scaled afterwards
    (`evaluation.operating`), so that copies lie below.

    Args:
        forensic: the metric f.
        embeddings: float [3, b, D] of the anchor, same and different images.
        negatives: how many an anchor has, see `batch.negatives`; 0 for every other
            manipulated image.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, numbers = batch.manipulated(embeddings, axis_name)
    chosen = batch.negatives(numbers, len(images) // 2, negatives)
    copies = metric.distance(forensic, anchor, same)
    others = all_pairs.distances(forensic, anchor, images)
    others = jax.nn.logsumexp(jnp.where(chosen, -others, -jnp.inf), axis=1)
    return jax.nn.softplus(others + copies)
