"""Cross-entropy over all manipulated images of a batch: which of them is the anchor's copy?"""

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.losses import batch
from imgforensics.models import all_pairs, metric
from imgforensics.models.metric import Metric


def alpha_softmax(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """-log softmax(-f) of the same image among it and the negatives (van den Oord et al. 2018).

    It orders images by f and says nothing about f = 1: alpha is scaled afterwards
    (`imgforensics scale_alpha`), so that copies lie below.

    Args:
        forensic: the metric f.
        embeddings: float [3, b, D] of the anchor, same and different images.
        config: `negatives`, how many an anchor has, see `batch.manipulated`; 0 for every other
            manipulated image.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same, _ = embeddings
    images, negatives = batch.manipulated(embeddings, config.negatives, axis_name)
    copies = metric.distance(forensic, anchor, same)
    others = all_pairs.distances(forensic, anchor, images)
    others = jax.nn.logsumexp(jnp.where(negatives, -others, -jnp.inf), axis=1)
    return jax.nn.softplus(others + copies)
