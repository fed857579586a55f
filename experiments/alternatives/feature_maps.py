"""The network's own feature maps as local descriptors, joined with f.

Each of 16 x 16 places of an image is described by the last features of the middle stage there and
by those of the last stage, which is half as fine. The maps of a turned or mirrored image are those
of the image with symmetries in another order (see `groups`), so that an image is described once.
Places of two images that are each other's nearest are matched, and counted where they agree on an
affine transform.
"""

import functools

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from experiments.alternatives.systems import System
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model, fingerprint
from imgforensics.manipulations.crop import to_float
from imgforensics.models import build, groups, metric
from imgforensics.models.interface import ANCHOR

_WEIGHT = 0.25  # of the logarithm of the inliers, in units of f
_TOLERANCE = 8.0  # pixels, as places lie apart
_TRIED = 2  # views that are fitted: those of the most matches
_ATTEMPTS, _CONFIDENCE = 500, 0.99
_BATCH = 32  # images


def feature_maps(title: str, model: Model) -> System:
    """f - weight log(1 + inliers) as a system.

    Args:
        title: what a table calls it.
        model: a compact network of three stages.
    """

    def describe(images):
        starts = tqdm.trange(
            0, len(images), _BATCH, desc=f"{title}, describing", unit=" batches", leave=False
        )
        maps = [describe_places(model, images[start : start + _BATCH]) for start in starts]
        return embed(model, images), np.concatenate(maps), images.shape[1]

    def compare(described, pairs):
        embeddings, maps, side = described
        first, second = np.asarray(pairs).T
        f = np.asarray(metric.distance(model.metric, embeddings[first], embeddings[second]))
        shown = tqdm.tqdm(pairs, desc=f"{title}, comparing", unit=" pairs", leave=False)
        found = np.array([inliers(maps[i], maps[j], side) for i, j in shown])
        return f - _WEIGHT * np.log1p(found)

    return System(title, describe, compare, {"sha256": fingerprint(model)})


def describe_places(model: Model, images: np.ndarray) -> np.ndarray:
    """Descriptors of all places of images, in rows.

    Args:
        model: a compact network of three stages.
        images: uint8 [n, side, side].

    Returns:
        float32 [n, places, 8, C] of length 1 over the last two axes, the first of which is that of
        the symmetries.
    """
    network = build.network(model.config.model)
    variables = {"params": model.params, "moments": model.moments}
    return np.asarray(_places(network, variables, images))


@functools.partial(jax.jit, static_argnums=0)
def _places(network, variables, images):
    _, state = network.apply(
        variables,
        to_float(images)[None],
        running=True,
        branches=(ANCHOR,),
        capture_intermediates=lambda _, method: method == "_block",
        mutable=["intermediates"],
    )
    *_, fine, coarse = state["intermediates"]["_block"]
    coarse = jax.image.resize(coarse, (*fine.shape[:3], coarse.shape[-1]), "bilinear")
    parts = []
    for features in (fine, coarse):
        split = features.reshape(len(images), -1, groups.ORDER, features.shape[-1] // groups.ORDER)
        # What is everywhere, whichever way it is turned, tells no place.
        split -= split.mean(axis=(1, 2), keepdims=True)
        parts.append(_unit(split))
    return _unit(jnp.concatenate(parts, axis=-1))


def _unit(split):
    return split / jnp.maximum(jnp.sqrt((split**2).sum((2, 3), keepdims=True)), 1e-9)


def inliers(first: np.ndarray, second: np.ndarray, side: int) -> int:
    """How many places of two images agree on an affine transform, in the best view.

    Args:
        first, second: float32 [places, 8, C], from `describe_places`.
        side: of the images, in pixels.
    """
    count = len(first)
    views = second[:, groups.inverse_products()].reshape(count, groups.ORDER, -1)
    likeness = (first.reshape(count, -1) @ views.reshape(count * groups.ORDER, -1).T).reshape(
        count, count, groups.ORDER
    )
    nearest, back = likeness.argmax(1), likeness.argmax(0)
    mutual = np.take_along_axis(back, nearest, 0) == np.arange(count)[:, None]
    across = round(count**0.5)
    places = (np.indices((across, across))[::-1].reshape(2, -1).T + 0.5) * (side / across)
    best = 0
    for view in np.argsort(-mutual.sum(0), kind="stable")[:_TRIED]:
        mine = np.flatnonzero(mutual[:, view])
        best = max(best, _agreeing(places[mine], places[nearest[mine, view]]))
    return best


def _agreeing(first, second) -> int:
    if len(first) < 4:
        return 0
    matrix, agree = cv2.estimateAffine2D(
        second, first, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE, maxIters=_ATTEMPTS,
        confidence=_CONFIDENCE,
    )  # fmt: skip
    return 0 if matrix is None else int(agree.sum())
