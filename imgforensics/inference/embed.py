"""Images to embeddings, and embeddings to likelihoods."""

import functools
import itertools
from collections.abc import Iterable

import jax
import numpy as np

from imgforensics.inference.weights import Model
from imgforensics.manipulations.crop import to_float
from imgforensics.models import build, metric
from imgforensics.models.cpu import lowering
from imgforensics.models.interface import ANCHOR, DIFFERENT, SAME
from imgforensics.utils import ahead
from imgforensics.utils.errors import UserError

# Whose running moments the second image of a pair is normalised with; the first has the anchor's.
# The later version averages the likelihoods that it gets from two branches.
SCORING = {"v01": (SAME,), "v02": (SAME, DIFFERENT)}


def embed(
    model: Model, images: Iterable[np.ndarray], branch: int = ANCHOR, batch_size: int = 64
) -> np.ndarray:
    """Embeds images one by one with the running moments of a branch.

    Every batch has the same shape, since the last one is filled up with black images, so that the
    network is compiled once. Images are taken from the iterable a batch at a time, and a few
    batches are at work at once (see `lowering.calls_at_once`): what is kept of each is its
    embedding.

    Args:
        model: the network, its parameters and moments.
        images: each [side, side], uint8 or float in [0, 1], or an array of them, [N, side, side].
        branch: whose running moments to use.
        batch_size: images in one call of the network; doesn't change the result.

    Returns:
        float32 [N, D].

    Raises:
        UserError: an image has another size than the network was trained for, or the network's
            numbers are not finite.
    """
    network = build.network(model.config.model)

    def embedded(batch):
        padded = np.stack(batch + [np.zeros_like(batch[0])] * (batch_size - len(batch)))
        result = _running(network, model.params, model.moments, padded, branch)
        return _finite(np.asarray(result)[: len(batch)])

    batches = _batches(model, images, batch_size)
    # Calls that come while the first compiles wait for its program.
    embeddings = list(ahead.in_order(embedded, batches, lowering.calls_at_once()))
    if not embeddings:
        return np.zeros((0, network.embedding_features), np.float32)
    return np.concatenate(embeddings)


def embed_together(model: Model, images: np.ndarray) -> np.ndarray:
    """Embeds images as one batch, normalised with the moments of that batch.

    An embedding depends on all of the images here, and so does the memory: about 4 MB for each
    image of the paper's network. The branch plays no role, since scale and offset are shared.

    Args:
        model: the network and its parameters.
        images: uint8 or float [N, side, side].

    Returns:
        float32 [N, D].

    Raises:
        UserError: the images have another size than the network was trained for, or the network's
            numbers are not finite.
    """
    _check_size(model, images)
    network = build.network(model.config.model)
    return _finite(np.asarray(_together(network, model.params, model.moments, images)))


def likelihood(model: Model, first: np.ndarray, *seconds: np.ndarray) -> np.ndarray:
    """Likelihood that pairs are copies (equation 2), averaged over the embeddings of the second.

    Args:
        model: whose metric compares them.
        first: float [N, D], the embeddings of the first images.
        *seconds: float [N, D], those of the second images, once for each branch of `SCORING`.

    Returns:
        float32 [N] in [0, 1].
    """
    forensic = model.metric
    each = [metric.likelihood(metric.distance(forensic, first, second)) for second in seconds]
    return np.mean(np.asarray(each, np.float32), axis=0)


def _batches(model, images, batch_size):
    images = iter(images)
    while batch := list(itertools.islice(images, batch_size)):
        _check_size(model, batch)
        yield batch


@functools.partial(jax.jit, static_argnums=0)
def _running(network, params, moments, images, branch):
    variables = {"params": params, "moments": moments}
    images = to_float(images)[None]
    return network.apply(variables, images, running=True, branches=(branch,))[0][0]


@functools.partial(jax.jit, static_argnums=0)
def _together(network, params, moments, images):
    variables = {"params": params, "moments": moments}
    return network.apply(variables, to_float(images)[None], branches=(ANCHOR,))[0][0]


def _check_size(model, images):
    side = model.config.manipulations.output_size
    for image in images:
        if image.shape != (side, side):
            raise UserError(
                f"an image has shape {image.shape}, and the network takes ({side}, {side}): "
                "cut or resize it"
            )


def _finite(embeddings):
    if not np.isfinite(embeddings).all():
        raise UserError("the network's embeddings are not finite: its training has diverged")
    return embeddings
