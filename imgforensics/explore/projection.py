"""Anchors and copies in the plane of the first two principal components (Figure 5 of the paper)."""

from typing import NamedTuple

import jax
import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.explore import plane
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models.interface import ANCHOR, SAME
from imgforensics.testsets import triplet_sets
from imgforensics.utils.errors import UserError

_STREAM = 2**31 + 5  # folded into a run's seed, as in `synthetic`


class Projection(NamedTuple):
    """Images in a plane; image n + i is a manipulated copy of image i.

    Attributes:
        images: float32 [2 n, side, side] in [0, 1].
        coordinates: float64 [2 n, 2].
        shares: float64 [2], of the variance along either axis.
    """

    images: np.ndarray
    coordinates: np.ndarray
    shares: np.ndarray


def project(model: Model, micrographs: Micrographs, indices: np.ndarray, most: int) -> Projection:
    """Embeds the anchor and a manipulated copy of some images, with running moments.

    Args:
        model: what embeds; its config says how images are manipulated.
        micrographs: where the images come from.
        indices: int [N], of which some are drawn if 2 N is above `most`.
        most: images to show, an even number.

    Raises:
        UserError: there are fewer than two images.
    """
    if len(indices) < 2:
        raise UserError(f"{len(indices)} image(s) make no plane: give two or more")
    order = np.random.RandomState(0).permutation(len(indices))
    chosen = np.sort(np.asarray(indices)[order[: most // 2]])
    key = jax.random.fold_in(jax.random.key(model.config.seed), _STREAM)
    made = triplet_sets.copies(key, micrographs.images[chosen], model.config.manipulations)
    anchors, copies = (np.concatenate(part) for part in zip(*made))
    embeddings = np.concatenate([embed(model, anchors, ANCHOR), embed(model, copies, SAME)])
    return Projection(np.concatenate([anchors, copies]), *plane.principal(embeddings))
