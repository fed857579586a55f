"""Pairs whose copies are made by one manipulation each, at every strength of `strengths`.

Where `robustness` judges a network on all pairs there are, this makes a set for anything that tells
copies from others. Negatives are plain crops, so that one threshold holds for all strengths.
"""

import functools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.manipulations import ranges
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import pair_sets, strengths
from imgforensics.testsets.pair_sets import KINDS, SIDE, PairSet

RATE = 1e-2  # of false positives, at which shares of copies are told
_STREAM = 2**31 + 4  # folded into a run's seed, as in `triplet_sets` and `crossed`
_CHUNK = 64  # copies that are made at once


def build(
    name: str, micrographs: Micrographs, indices: np.ndarray, size: int, negatives: int, seed: int
) -> PairSet:
    """A set whose copies are those of `strengths.MANIPULATIONS`, each of all its anchors.

    What a strength leaves open is drawn from the ranges of version V01.

    Args:
        name: of the set.
        micrographs: where the images come from.
        indices: int [k], those to choose from.
        size: how many micrographs to choose, at most k.
        negatives: how many pairs of plain crops, of each kind, at most.
        seed: of all draws.

    Returns:
        The set; its groups are a manipulation and a strength, like 'rotation 10'.

    Raises:
        UserError: the micrographs are of fewer than two source images.
    """
    rng = np.random.default_rng(seed)
    chosen = pair_sets.choose(name, micrographs=micrographs, indices=indices, size=size, rng=rng)
    images, number = np.asarray(micrographs.images[chosen]), np.arange(len(chosen))
    config = ml_collections.ConfigDict({"seed": seed, "manipulations": ranges.v01()})
    cuts = central_crop, strengths.corner
    made = [np.stack([cut(image, SIDE) for image in images]) for cut in cuts]
    pairs, groups = [], []
    for manipulation, about in strengths.MANIPULATIONS.items():
        for strength in about.strengths:
            anchors, copies = cuts.index(about.anchor) * len(images), len(made) * len(images)
            pairs.append(np.stack([anchors + number, copies + number], axis=1))
            groups += [f"{manipulation} {strength:g}"] * len(images)
            made.append(np.stack(list(make(manipulation, images, strength, config))))
    counts = [len(groups)]
    for some in pair_sets.others(micrographs, chosen, negatives, rng):
        pairs.append(some)
        counts.append(len(some))
    return PairSet(
        name=name,
        images=pair_sets.to_uint8(np.concatenate(made)),
        pairs=np.concatenate(pairs),
        is_copy=np.repeat(np.array(KINDS) == "copy", counts),
        kind=np.repeat(KINDS, counts),
        sources=np.tile(micrographs.sources[chosen], len(made)),
        group=np.array(groups + [""] * sum(counts[1:])),
    )


def make(
    name: str, images: np.ndarray, strength: float, config: ml_collections.ConfigDict
) -> Iterator[np.ndarray]:
    """Makes a copy of every image; all strengths share one compiled program.

    Args:
        name: of the manipulation.
        images: uint8 [N, H, W].
        strength: of the manipulation.
        config: of the run. Its seed gives what the strength leaves open, for image i in the same
            way whatever the others are.

    Yields:
        float32 [output_size, output_size] in [0, 1], one after another.
    """
    key = jax.random.fold_in(jax.random.key(config.seed), _STREAM)
    config = ml_collections.FrozenConfigDict(config.manipulations)
    for start in range(0, len(images), _CHUNK):
        numbers = np.arange(start, start + _CHUNK)
        some = images[np.minimum(numbers, len(images) - 1)]
        made = _made(
            key, numbers, images=some, strength=jnp.float32(strength), name=name, config=config
        )
        yield from np.asarray(made)[: len(images) - start]


@functools.partial(jax.jit, static_argnames=("name", "config"))
def _made(key, numbers, images, strength, name, config):
    # A manipulation's draws don't depend on which others there are.
    key = jax.random.fold_in(key, list(strengths.MANIPULATIONS).index(name))

    def one(number, image):
        each = jax.random.fold_in(key, number)
        return strengths.MANIPULATIONS[name].apply(each, image, strength, config)

    return jax.vmap(one)(numbers, images)
