"""The synthetic protocol: manipulated micrographs of the validation and test splits.

Validation is a fixed set of triplets, drawn once, of which both pairs are judged. The test is a set
of pairs, each of an image and its manipulated copy or of two images, as a coin falls.
"""

import jax
import numpy as np
import tqdm

from imgforensics.data.micrographs import Micrographs
from imgforensics.inference.embed import SCORING, embed, likelihood
from imgforensics.inference.weights import Model
from imgforensics.metrics import intervals
from imgforensics.models.interface import ANCHOR
from imgforensics.testsets import triplet_sets


def validation(
    model: Model, micrographs: Micrographs, indices: np.ndarray, scoring: str = "v01"
) -> dict:
    """Accuracy on the run's fixed validation set, with running moments.

    Accuracy is (#likelihood(anchor, same) >= 1/2 + #likelihood(anchor, different) < 1/2) / 2n.
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
    key, count = triplet_sets.validation_key(config.seed), config.validation_triplets
    images = micrographs.images[indices]
    anchor, same, different = triplet_sets.triplet_set(key, images, count, config.manipulations)
    first = _embed(model, anchor, ANCHOR, "validation, anchors")
    copies = _score(model, first, same, scoring, "validation, same")
    others = _score(model, first, different, scoring, "validation, different")
    negatives = np.stack(triplet_sets.triplet_indices(jax.random.split(key)[0], len(images), count))
    return {
        **_accuracy(int((copies >= 0.5).sum() + (others < 0.5).sum()), 2 * count),
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
    anchor, second, is_same = triplet_sets.test_pairs(model.config, images)
    first = _embed(model, anchor, ANCHOR, "test, first images")
    likelihoods = _score(model, first, second, scoring, "test, second images")
    key, count = triplet_sets.test_keys(model.config)[0], len(is_same)
    negatives = np.stack(triplet_sets.triplet_indices(jax.random.split(key)[0], len(images), count))
    return {
        **_accuracy(int(((likelihoods >= 0.5) == is_same).sum()), count),
        "split": len(images),
        "same": int(is_same.sum()),
        "negatives": _shared(micrographs, indices[negatives[:, ~is_same]]),
        "is_same": is_same.tolist(),
        "likelihood": likelihoods.tolist(),
    }


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
