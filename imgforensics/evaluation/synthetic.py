"""The synthetic protocol: manipulated micrographs of the validation and test splits.

Validation is a fixed set of triplets, drawn once, of which both pairs are judged. The test is a set
of pairs, each of an image and its manipulated copy or of two images, as a coin falls.
"""

import functools

import jax
import ml_collections
import numpy as np

from imgforensics.errors import UserError
from imgforensics.manipulations import recipe

# Folded into a run's seed; beyond any number of steps.
_VALIDATION, _TEST = 2**31, 2**31 + 1
_CHUNK = 50  # triplets that are made at once


def validation_key(seed: int) -> jax.Array:
    """The key of a run's fixed validation set, for training and for evaluation."""
    return jax.random.fold_in(jax.random.key(seed), _VALIDATION)


def test_key(seed: int) -> jax.Array:
    """The key of a run's test pairs."""
    return jax.random.fold_in(jax.random.key(seed), _TEST)


def triplet_indices(key: jax.Array, images: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws which images the triplets of a set are made of.

    The first half of a permutation are anchors, the second half different images, so that no image
    is ever its own counterexample. When there are fewer than 2 count images, both halves are gone
    through again, in other pairs.

    Args:
        key: of the permutation.
        images: how many there are.
        count: of triplets.

    Returns:
        int [count] of the anchors and of the different images.

    Raises:
        UserError: fewer than two images.
    """
    if images < 2:
        raise UserError(f"{images} image(s) can't make a triplet, which needs two: give more images")
    permutation = np.asarray(jax.random.permutation(key, images))
    anchors, others = permutation[: images // 2], permutation[images // 2 :]
    turn = np.arange(count)
    return anchors[turn % len(anchors)], others[(turn + turn // len(anchors)) % len(others)]


def triplet_set(
    key: jax.Array, images: np.ndarray, count: int, config: ml_collections.ConfigDict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Makes a fixed set of triplets (paper section 3.3).

    Args:
        key: of the images and of their manipulations. Triplet i doesn't depend on `count` as long
            as there are 2 count images.
        images: uint8 [n, H, W], n >= 2.
        count: of triplets.
        config: of the manipulations.

    Returns:
        anchor, same and different, each float32 [count, output_size, output_size] in [0, 1].

    Raises:
        UserError: fewer than two images.
    """
    index_key, draws_key = jax.random.split(key)
    anchors, others = triplet_indices(index_key, len(images), count)
    config = ml_collections.FrozenConfigDict(config)
    chunks = []
    for start in range(0, count, _CHUNK):
        # The last chunk goes on beyond the end, so that all have one shape and compile once.
        numbers = np.arange(start, start + _CHUNK)
        kept = np.minimum(numbers, count - 1)
        made = _triplets(
            draws_key, numbers, images[anchors[kept]], images[others[kept]], config
        )
        chunks.append([np.asarray(part)[: count - start] for part in made])
    return tuple(np.concatenate(part) for part in zip(*chunks))


@functools.partial(jax.jit, static_argnums=4)
def _triplets(key, numbers, anchors, others, config):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, numbers)
    return recipe.triplets(keys, anchors, others, config)
