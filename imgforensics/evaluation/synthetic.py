"""The synthetic protocol: manipulated micrographs of the validation and test splits.

Validation is a fixed set of triplets, drawn once, of which both pairs are judged. The test is a set
of pairs, each of an image and its manipulated copy or of two images, as a coin falls.
"""

import functools
from collections.abc import Iterator

import jax
import ml_collections
import numpy as np
import tqdm

from imgforensics.data.micrographs import Micrographs
from imgforensics.inference.embed import SCORING, embed, likelihood
from imgforensics.inference.weights import Model
from imgforensics.manipulations import recipe
from imgforensics.metrics import intervals
from imgforensics.models.paper import ANCHOR
from imgforensics.utils.errors import UserError

# Folded into a run's seed; beyond any number of steps.
_VALIDATION, _TEST = 2**31, 2**31 + 1
_CHUNK = 64  # triplets that are made at once, and images that are embedded at once


def validation(
    model: Model, micrographs: Micrographs, indices: np.ndarray, scoring: str = "v01"
) -> dict:
    """Accuracy on the run's fixed validation set, with running moments.

    Accuracy is (#likelihood(anchor, same) > 1/2 + #likelihood(anchor, different) <= 1/2) / 2n.
    The interval takes the 2n decisions as independent, though two share an anchor.

    Args:
        model: what is judged; its config says how many triplets, and how they are manipulated.
        micrographs: where the images come from.
        indices: int [n], the validation split of `micrographs`.
        scoring: 'v01' or 'v02', see `embed.SCORING`.

    Returns:
        Plain values: accuracy, interval, correct, decisions, what the negatives share, and the
        likelihoods of the pairs.

    Raises:
        UserError: the split has fewer than two images, or too small ones.
    """
    config = model.config
    key, count = validation_key(config.seed), config.validation_triplets
    images = micrographs.images[indices]
    anchor, same, different = triplet_set(key, images, count, config.manipulations)
    first = _embed(model, anchor, ANCHOR, "validation, anchors")
    copies = _score(model, first, same, scoring, "validation, same")
    others = _score(model, first, different, scoring, "validation, different")
    negatives = np.stack(triplet_indices(jax.random.split(key)[0], len(images), count))
    return {
        **_accuracy(int((copies > 0.5).sum() + (others <= 0.5).sum()), 2 * count),
        "split": len(images),
        "triplets": count,
        "negatives": _shared(micrographs, indices[negatives]),
        "likelihood_same": copies.tolist(),
        "likelihood_different": others.tolist(),
    }


def test(model: Model, micrographs: Micrographs, indices: np.ndarray, scoring: str = "v01") -> dict:
    """Accuracy on test pairs, (anchor, same) or (anchor, different) by a coin flip.

    Running moments normalise the images. A split of fewer than two images for each pair is gone
    through more than once, with other manipulations and in other pairs.

    Args:
        model: what is judged; its config says how many pairs, and how they are manipulated.
        micrographs: where the images come from.
        indices: int [n], the test split of `micrographs`.
        scoring: 'v01' or 'v02', see `embed.SCORING`.

    Returns:
        Plain values: accuracy, interval, correct, decisions, what the negatives share, and of each
        pair whether it is a copy and its likelihood.

    Raises:
        UserError: the split has fewer than two images, or too small ones.
    """
    images = micrographs.images[indices]
    anchor, second, is_same = test_pairs(model.config, images)
    first = _embed(model, anchor, ANCHOR, "test, first images")
    likelihoods = _score(model, first, second, scoring, "test, second images")
    key, count = _test_keys(model.config)[0], len(is_same)
    negatives = np.stack(triplet_indices(jax.random.split(key)[0], len(images), count))
    return {
        **_accuracy(int(((likelihoods > 0.5) == is_same).sum()), count),
        "split": len(images),
        "same": int(is_same.sum()),
        "negatives": _shared(micrographs, indices[negatives[:, ~is_same]]),
        "is_same": is_same.tolist(),
        "likelihood": likelihoods.tolist(),
    }


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
    key, coin_key = _test_keys(config)
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
    return tuple(np.concatenate(part) for part in zip(*chunks))


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
        yield tuple(np.asarray(part)[: len(images) - start] for part in (anchor, same))


@functools.partial(jax.jit, static_argnums=4)
def _triplets(key, numbers, anchors, others, config):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, numbers)
    return recipe.triplets(keys, anchors, others, config)


def _test_keys(config):
    """The keys of the test's triplets and of its coin."""
    return jax.random.split(jax.random.fold_in(jax.random.key(config.seed), _TEST))


def _embed(model, images, branch, title):
    return embed(model, tqdm.tqdm(images, desc=title, unit=" images"), branch)


def _score(model, first, second_images, scoring, title):
    """float32 [n]: likelihoods of embeddings of first images and second images."""
    seconds = [_embed(model, second_images, branch, title) for branch in SCORING[scoring]]
    return likelihood(model, first, *seconds)


def _accuracy(correct, decisions):
    return {
        "accuracy": correct / decisions,
        "interval": intervals.wilson(correct, decisions),
        "correct": correct,
        "decisions": decisions,
    }


def _shared(micrographs, pairs):
    """How many pairs [2, n] of different images have a class, a source or every pixel in common."""
    first, second = pairs
    return {
        "pairs": len(first),
        "of one class": int((micrographs.classes[first] == micrographs.classes[second]).sum()),
        "of one source": int((micrographs.sources[first] == micrographs.sources[second]).sum()),
        "of equal pixels": sum(
            np.array_equal(micrographs.images[i], micrographs.images[j])
            for i, j in zip(first, second)
        ),
    }
