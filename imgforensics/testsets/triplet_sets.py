"""Fixed sets of triplets, and the test's pairs: what the synthetic protocol judges on.

Validation is a fixed set of triplets, drawn once. The test is a set of pairs, each of an image and
its manipulated copy or of two images, as a coin falls.
"""

import functools
from collections.abc import Iterator

import jax
import ml_collections
import numpy as np

from imgforensics.data.labelled import Labelled
from imgforensics.manipulations import recipe
from imgforensics.utils.errors import UserError

# Folded into a run's seed; beyond any number of steps.
_VALIDATION, _TEST, _LABELLED = 2**31, 2**31 + 1, 2**31 + 2
_CHUNK = 64  # triplets that are made at once


def test_pairs(
    config: ml_collections.ConfigDict, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Makes the pairs of a run's test.

    Args:
        config: of the whole run.
        images: uint8 [n, H, W], those of the test split.

    Returns:
        First and second images, float32 [pairs, output_size, output_size] in [0, 1] each, and
        whether the second is a copy of the first, bool [pairs].

    Raises:
        UserError: fewer than two images, or too small ones.
    """
    key, coin_key = test_keys(config)
    count = config.evaluation.test_pairs
    anchor, same, different = triplet_set(key, images, count, config.manipulations)
    is_same = np.asarray(jax.random.bernoulli(coin_key, shape=(count,)))
    return anchor, np.where(is_same[:, None, None], same, different), is_same


def validation_key(seed: int) -> jax.Array:
    """The key of a run's fixed validation set, for training and for evaluation."""
    return jax.random.fold_in(jax.random.key(seed), _VALIDATION)


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
        raise UserError(
            f"{images} image(s) can't make a triplet, which needs two: give more images"
        )
    permutation = np.asarray(jax.random.permutation(key, images))
    anchors, others = permutation[: images // 2], permutation[images // 2 :]
    turn, place = np.divmod(np.arange(count), len(anchors))
    return anchors[place], others[(place + turn) % len(others)]


def triplet_set(
    key: jax.Array, images: np.ndarray, count: int, config: ml_collections.ConfigDict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Makes a fixed set of triplets (paper section 3.3).

    Args:
        key: of the images and of their manipulations. Triplet i doesn't depend on `count` as long
            as there are 2 count images.
        images: uint8 [n, H, W], n >= 2; of `frozen.Stored` no more is read than the set needs.
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
        pairs = (np.asarray(images[chosen[kept]]) for chosen in (anchors, others))
        made = _triplets(draws_key, numbers, *pairs, config)
        chunks.append([np.asarray(part)[: count - start] for part in made])
    anchors, same, different = (np.concatenate(part) for part in zip(*chunks))
    return anchors, same, different


def with_labelled(
    seed: int,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    labelled: Labelled,
    share: float,
    config: ml_collections.ConfigDict,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A fixed set of triplets whose last ones show pairs that people judged.

    The same image of a pair that is the same is made of the other picture, and the different image
    of one that is not; the third image of these triplets stays what is made without.

    Args:
        seed: of the run.
        drawn: from `triplet_set`.
        labelled: the pairs, of which as many are taken as there is room for.
        share: of the triplets that they may take.
        config: of the manipulations.

    Returns:
        As `triplet_set`.
    """
    count = min(len(labelled.pairs), round(share * len(drawn[0])))
    if not count:
        return drawn
    first, second = labelled.images[labelled.pairs[:count].T]
    is_same = labelled.same[:count, None, None]
    key = jax.random.fold_in(jax.random.key(seed), _LABELLED)
    copied = np.where(is_same, second, first)
    frozen = ml_collections.FrozenConfigDict(config)
    made = map(np.asarray, _triplets(key, np.arange(count), first, second, frozen, copied))
    anchor, same, different = (each.copy() for each in drawn)
    anchor[-count:], same[-count:], others = made
    different[-count:] = np.where(is_same, different[-count:], others)
    return anchor, same, different


def copies(
    key: jax.Array, images: np.ndarray, config: ml_collections.ConfigDict
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Makes the anchor and a manipulated copy of every image, some at a time.

    Args:
        key: of the manipulations; those of image i depend on nothing else.
        images: uint8 [n, H, W], or `frozen.Stored`.
        config: of the manipulations.

    Yields:
        Anchors and copies, float32 [m, output_size, output_size] each, in the order of the images.
    """
    config = ml_collections.FrozenConfigDict(config)
    for start in range(0, len(images), _CHUNK):
        numbers = np.arange(start, start + _CHUNK)
        some = np.asarray(images[np.minimum(numbers, len(images) - 1)])
        anchor, same, _ = _triplets(key, numbers, some, some, config)
        rest = len(images) - start
        yield np.asarray(anchor)[:rest], np.asarray(same)[:rest]


@functools.partial(jax.jit, static_argnums=4)
def _triplets(key, numbers, anchors, others, config, copied=None):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, numbers)
    return recipe.triplets(keys, anchors, others, config, copied)


def test_keys(config: ml_collections.ConfigDict) -> tuple[jax.Array, jax.Array]:
    """The keys of a run's test triplets and of the coin that makes pairs of them."""
    triplets, coin = jax.random.split(jax.random.fold_in(jax.random.key(config.seed), _TEST))
    return triplets, coin
