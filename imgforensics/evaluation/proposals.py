"""What f proposes wrongly: images with the nearest by f of many crops of other source images.

Of such pairs f is small by selection, however large it is between images at random.
"""

import itertools
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import tqdm

from imgforensics.data.micrographs import Micrographs
from imgforensics.inference.embed import embed
from imgforensics.inference.nearest import nearest
from imgforensics.inference.weights import Model
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import pair_sets
from imgforensics.testsets.pair_sets import SIDE

# Upper left corners of a micrograph's crops of 128 pixels.
_CORNERS = (*itertools.product((0, 64, 128), (0, 43, 85, 128)), (32, 64))
CROPS = len(_CORNERS)  # of a micrograph of the library


class Library(NamedTuple):
    """Overlapping crops that neighbours are sought among.

    Attributes:
        micrographs: where they come from.
        indices: int [l], micrographs, each of which gives `CROPS` crops.
        embeddings: float32 [l * CROPS, D].
    """

    micrographs: Micrographs
    indices: np.ndarray
    embeddings: np.ndarray


class Proposed(NamedTuple):
    """Some of the pairs that were proposed.

    Attributes:
        images: uint8 [n, 128, 128].
        pairs: int [m, 2], numbers of images.
        f: float32 [m], of the pairs.
        every: float32 [q * each], f of all that were proposed.
    """

    images: np.ndarray
    pairs: np.ndarray
    f: np.ndarray
    every: np.ndarray


def crop(micrographs: Micrographs, indices: np.ndarray, number: int) -> np.ndarray:
    """A crop of a library of these micrographs, int [l], by its number; uint8 [128, 128]."""
    which, corner = divmod(int(number), CROPS)
    y, x = _CORNERS[corner]
    return np.asarray(micrographs.images[indices[which]])[y : y + SIDE, x : x + SIDE]


def centre(micrographs: Micrographs, number: int) -> np.ndarray:
    """The central crop of a micrograph, uint8 [128, 128]."""
    image = jnp.asarray(micrographs.images[number])
    return pair_sets.to_uint8(np.asarray(central_crop(image, SIDE)))


def library(model: Model, micrographs: Micrographs, indices: np.ndarray) -> Library:
    """Cuts and embeds the crops of some micrographs, int [l]."""
    total = CROPS * len(indices)
    crops = (crop(micrographs, indices, number) for number in range(total))
    shown = tqdm.tqdm(crops, desc="library", unit=" crops", total=total, leave=False)
    return Library(micrographs, indices, embed(model, shown))


def propose(
    model: Model, among: Library, images: np.ndarray, each: int
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest crops of images, the nearest first.

    Args:
        model: by whose f.
        among: crops of other source images.
        images: uint8 [q, 128, 128].
        each: neighbours of each image; all crops if there are fewer.

    Returns:
        f, float32 [q, each], and the numbers of the crops, int [q, each].
    """
    each = min(each, len(among.embeddings))
    f, numbers = nearest(model.metric, embed(model, images), among.embeddings, each)
    return np.asarray(f), np.asarray(numbers)


def sample(
    model: Model,
    among: Library,
    images: np.ndarray,
    each: int,
    most: int,
    rng: np.random.Generator,
) -> Proposed:
    """Draws some of what is proposed.

    Args:
        model, among, images, each: as of `propose`.
        most: how many pairs to draw, at most.
        rng: that draws.
    """
    f, numbers = (found.ravel() for found in propose(model, among, images, each))
    rows = np.sort(rng.choice(len(f), min(most, len(f)), replace=False))
    used, second = np.unique(numbers[rows], return_inverse=True)
    first = np.arange(len(images)).repeat(len(f) // len(images))[rows]
    crops = [crop(among.micrographs, among.indices, number) for number in used]
    return Proposed(
        images=np.concatenate([images, np.stack(crops)]),
        pairs=np.stack([first, second.ravel() + len(images)], axis=1),
        f=f[rows],
        every=f,
    )
