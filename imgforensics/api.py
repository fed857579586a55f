"""Embeddings of images of any kind, and f between them, by the weights that come with the package.

What `imgforensics.embed` and `imgforensics.distance` are. For collections of more than some
thousand images there are `inference.all_pairs` and `inference.nearest`, which hold no matrix.
"""

import os
from collections.abc import Iterable

import jax
import numpy as np

from imgforensics import pretrained
from imgforensics.images.fit import fit_square
from imgforensics.images.load import load
from imgforensics.inference import embed as embedding
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError


def embed(
    images: Iterable[str | os.PathLike | np.ndarray], model: Model | None = None
) -> np.ndarray:
    """Embeds images, each as the largest square in its middle.

    Files are read as their turn comes, so that memory does not grow with their number.

    Args:
        images: image files (docs/formats.md), or uint8 arrays [height, width], of any size.
        model: by default `load_pretrained()`.

    Returns:
        float32 [N, D], a row for each image; D is 128 with the pretrained model.

    Raises:
        UserError: an image can't be read, or is no such array; or there is one image in place of
            several.
    """
    if isinstance(images, str | os.PathLike) or getattr(images, "ndim", None) == 2:
        raise UserError("embed takes several images: put a single one into a list")
    model = _given(model)
    side = model.config.manipulations.output_size
    return embedding.embed(model, (fit_square(load(image), side) for image in images))


def distance(
    first: np.ndarray, second: np.ndarray | None = None, model: Model | None = None
) -> np.ndarray:
    """f between embeddings (equation 1 of the paper): at most 1 where images are the same.

    Args:
        first: float [..., D], from `embed`.
        second: likewise, broadcast against `first`. Without it, f is of each two of `first`, which
            is then [N, D].
        model: that made the embeddings; by default `load_pretrained()`.

    Returns:
        float32 [...], or [N, N] without `second`.

    Raises:
        UserError: the embeddings have another length than those of the model, or are one only.
    """
    forensic = _given(model).metric
    for each in (first, first if second is None else second):
        if np.shape(each)[-1:] != forensic.alpha.shape:
            raise UserError(
                f"embeddings have shape {np.shape(each)}, and {len(forensic.alpha)} numbers each "
                "by this model: name the model that made them"
            )
    if second is not None:
        return np.asarray(metric.distance(forensic, np.asarray(first), np.asarray(second)))
    if np.ndim(first) != 2:
        raise UserError(
            f"f of each two embeddings takes an array [N, {len(forensic.alpha)}], not one of shape "
            f"{np.shape(first)}: give a second one, too"
        )
    return np.asarray(_each_two(forensic, np.asarray(first)))


@jax.jit
def _each_two(forensic: Metric, embeddings: jax.Array) -> jax.Array:
    """A row of the matrix at a time: all differences at once would be [N, N, D]."""
    return jax.lax.map(lambda one: metric.distance(forensic, one, embeddings), embeddings)


def _given(model: Model | None) -> Model:
    return pretrained.load_pretrained() if model is None else model
