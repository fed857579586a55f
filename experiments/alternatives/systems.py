"""What judges pairs of images, seen in the same way whatever it is made of.

A scorer is a function of images, uint8 [n, side, side], and pairs of their numbers, int [m, 2], to
distances, float [m]: small for copies. A `System` is a scorer that is cut in two, so that what it
costs to describe an image and to compare two descriptions can be told apart.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model, fingerprint
from imgforensics.models import build, metric
from imgforensics.models.interface import ANCHOR

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class System:
    """A scorer in two steps.

    Attributes:
        title: what a table calls it.
        describe: images, uint8 [n, side, side], to what would be kept of each, in any form; None
            if that is the images themselves.
        compare: that and pairs, int [m, 2], to distances, float [m].
        facts: what a record tells about it besides, as plain values.
        threshold: the distance up to which it takes a pair for a copy without being tuned, if any.
    """

    title: str
    describe: Callable[[np.ndarray], Any] | None
    compare: Callable[[Any, np.ndarray], np.ndarray]
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    threshold: float | None = None

    def __call__(self, images: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Distances, float [m], of pairs of images."""
        return self.compare(self.describe(images) if self.describe else images, pairs)


def of_scorer(title: str, scorer: Scorer, threshold: float | None = None, **facts) -> System:
    """The system of a scorer that isn't cut in two: all that it does counts as comparing."""
    return System(title, describe=None, compare=scorer, facts=facts, threshold=threshold)


def of_vectors(title: str, describe: Callable, distance: Callable, **facts) -> System:
    """A system that describes an image by an array, and compares many arrays at once.

    Args:
        title: what a table calls it.
        describe: an image, uint8 [side, side], to an array [...] of one shape.
        distance: of arrays [m, ...] and [m, ...], float [m].
        **facts: what a record tells about it.
    """

    def compare(descriptions, pairs):
        first, second = np.asarray(pairs).T
        return distance(descriptions[first], descriptions[second])

    return System(title, lambda images: np.stack(_each(title, describe, images)), compare, facts)


def of_pairs(title: str, describe: Callable, distance: Callable, **facts) -> System:
    """A system that compares two descriptions, of any form, at a time.

    Args:
        title: what a table calls it.
        describe: an image, uint8 [side, side], to its description.
        distance: of two descriptions, a number.
        **facts: what a record tells about it.
    """

    def compare(descriptions, pairs):
        shown = tqdm.tqdm(pairs, desc=f"{title}, comparing", unit=" pairs", leave=False)
        return np.array([distance(descriptions[i], descriptions[j]) for i, j in shown], float)

    return System(title, lambda images: _each(title, describe, images), compare, facts)


def of_model(title: str, model: Model) -> System:
    """f of a trained network, with every image embedded once, as an index of images would.

    Its facts are the number of parameters and of floating-point operations an image, what it was
    trained on, and a hash of its arrays.

    Args:
        title: what a table calls it.
        model: the network; running moments are those of the anchor's branch.
    """
    forensic = model.metric

    def describe(images):
        shown = tqdm.tqdm(images, desc=f"{title}, describing", unit=" images", leave=False)
        return embed(model, shown, ANCHOR)

    def compare(embeddings, pairs):
        first, second = np.asarray(pairs).T
        return np.asarray(metric.distance(forensic, embeddings[first], embeddings[second]))

    facts = {
        "parameters": sum(int(leaf.size) for leaf in jax.tree.leaves(model.params)),
        "flops": flops(model),
        "step": model.step,
        "triplets_seen": model.step * model.config.batch_size,
        "source": model.config.data.source,
        "sha256": fingerprint(model),
    }
    return System(title, describe, compare, facts, threshold=1.0)


def flops(model: Model) -> int:
    """Floating-point operations that a network needs for one image, as XLA counts them.

    A multiplication and an addition are two. Counted is the program as it is lowered for this
    machine, before XLA optimises it.
    """
    network = build.network(model.config.model)
    side = model.config.manipulations.output_size

    def one(variables, image):
        return network.apply(variables, image, running=True, branches=(ANCHOR,))[0]

    variables = {"params": model.params, "moments": model.moments}
    image = jnp.zeros((1, 1, side, side), jnp.float32)
    return int(jax.jit(one).lower(variables, image).cost_analysis()["flops"])


def _each(title, describe, images):
    shown = tqdm.tqdm(images, desc=f"{title}, describing", unit=" images", leave=False)
    return [describe(image) for image in shown]
