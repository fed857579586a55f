"""The nearest images of each by f, put in order by more than f: their neighbours, and crops.

f proposes, and only what it proposes is looked at again, so that this costs little beside the
search.
"""

from typing import NamedTuple

import numpy as np

from imgforensics.evaluation import neighbours
from imgforensics.evaluation.collection import Collection
from imgforensics.inference import crops, local_scaling
from imgforensics.utils.errors import UserError

PROPOSED = 100  # images that are ordered anew for each


class By(NamedTuple):
    """What puts pairs in order besides f; nothing, if both are False.

    Attributes:
        normalize: whether scores are normalised, see `local_scaling`.
        crops: whether crops of the images are compared, too; collections need to have them.
    """

    normalize: bool
    crops: bool


def find(
    images: Collection, k: int, by: By, queries: Collection | None = None
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The k images with the smallest score for each query, of the 100 nearest by f or of k.

    Args:
        images, k, queries: as of `neighbours.find`.
        by: what makes the score.

    Returns:
        Scores, float32 [Q, k'], in ascending order; and f, float32 [Q, k'], with the numbers of the
        images, int [Q, k']. Of equal scores the nearer by f comes first.
    """
    f, numbers = neighbours.find(images, max(k, PROPOSED), queries)
    score = _scores(images, by, queries, f, numbers)
    order = np.argsort(score, axis=1, kind="stable")[:, :k]
    score, f, numbers = (np.take_along_axis(part, order, axis=1) for part in (score, f, numbers))
    return score, (f, numbers)


def closest(
    images: Collection, most: int, by: By
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The pairs with the smallest score, of each image and its 100 nearest by f.

    Returns:
        Scores, float32 [P] in ascending order; and f, float32 [P], with the numbers of the first
        and the second images, int [P] each; P is at most `most`. Equal scores come in the order of
        these numbers.
    """
    f, numbers = neighbours.find(images, PROPOSED)
    score = _scores(images, by, None, f, numbers)
    first, second = np.arange(len(f)).repeat(f.shape[1]), numbers.ravel()
    pair = np.minimum(first, second) * len(f) + np.maximum(first, second)
    pair, once = np.unique(pair, return_index=True)
    score, f = score.ravel()[once], f.ravel()[once]
    order = np.argsort(score, kind="stable")[:most]
    first, second = divmod(pair[order], len(images.embeddings))
    return score[order], (f[order], first, second)


def check(images: Collection, by: By) -> None:
    """Refuses to compare crops that were not embedded.

    Raises:
        UserError: says how to embed them.
    """
    if by.crops and images.crops is None:
        raise UserError("these embeddings are without crops: give --folder and --crops")


def _views(images) -> np.ndarray:
    """float32 [N, 6, D]: of each image the whole, then its crops."""
    return np.concatenate([images.embeddings[:, None], images.crops], axis=1)


def _scores(images, by, queries, f, numbers):
    """The scores of what `neighbours.find` found, float32 [Q, k]."""
    score = f
    if by.crops:
        pairs = np.stack([np.arange(len(f)).repeat(f.shape[1]), numbers.ravel()], axis=1)
        views = _views(images)
        others = views if queries is None else _views(queries)
        score = crops.distances(images.forensic, others, views, pairs).reshape(f.shape)
    if by.normalize:
        own = spacing = local_scaling.spacing(f)
        if queries is not None:
            few = min(local_scaling.NEIGHBOURS, len(images.embeddings) - 1)
            alone = np.zeros((len(images.embeddings), 0))
            spacing = local_scaling.spacing(neighbours.find(images, few)[0] if few else alone)
        score = local_scaling.normalized(score, own[:, None], spacing[numbers])
    return score
