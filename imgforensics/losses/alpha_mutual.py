"""Cross-entropy both ways: which image is the anchor's copy, and which anchor is it a copy of?"""

import jax
import jax.numpy as jnp
import ml_collections
from jax import lax

from imgforensics.models import all_pairs, metric
from imgforensics.models.metric import Metric


def alpha_mutual(
    forensic: Metric,
    embeddings: jax.Array,
    config: ml_collections.ConfigDict,
    axis_name: str | None = None,
) -> jax.Array:
    """The mean of -log softmax(-f) over the batch's copies and over its anchors.

    The symmetric loss of Radford et al. (2021), with -f for the similarity. A batch needs no
    different images, since the other pairs' images are negatives of both images of a pair. It
    orders images by f and says nothing about f = 1, as `alpha_softmax`.

    Args:
        forensic: the metric f.
        embeddings: float [2, b, D] of the anchor and same images.
        config: the fields of `config.loss`; unused.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b].
    """
    anchor, same = embeddings
    anchors, copies = anchor, same
    if axis_name is not None:
        anchors, copies = lax.all_gather((anchor, same), axis_name, axis=0, tiled=True)
    copy = metric.distance(forensic, anchor, same)
    among_copies = all_pairs.distances(forensic, anchor, copies)
    among_anchors = all_pairs.distances(forensic, same, anchors)
    chosen = jax.nn.logsumexp(jnp.stack([-among_copies, -among_anchors]), axis=2)
    return copy + chosen.mean(axis=0)
