"""Heat maps of what makes f of a pair small, or large: Grad-CAM and its kin for pairs.

f is a number of two images. At the network's last spatial features, every cell of either image
contributes to it, and there are three ways to say how much, float [2, B, h, w]:

    grad_cam    the features, weighted by the mean gradient of each channel (Selvaraju et al. 2016)
    hires_cam   the features times the gradient, cell by cell (Draelos and Carin 2020)
    occlusion   f, less f when the cell is as it would be in a blank image (Zeiler and Fergus 2014)

The paper names the first as future work. It takes a channel to mean the same wherever it lights up,
which the dense layer of the paper's network, with weights of their own for each cell, does not
need to respect. The first two ask the gradient, which says what would change f right now: of two
copies, whose embeddings differ by little but noise, that is mostly the noise. The last one asks f
itself, and what it says is in f's own units. `erasure` measures how well each of them finds what
matters; the default is what was best there.
"""

import functools
from collections.abc import Mapping

import cv2
import jax
import jax.numpy as jnp
import numpy as np

from imgforensics.explain import features
from imgforensics.inference.weights import Model
from imgforensics.manipulations.crop import to_float
from imgforensics.models import build
from imgforensics.models.interface import EmbeddingNetwork
from imgforensics.utils.errors import UserError

ALIKE, DIFFERENT = "alike", "different"
_PAIRS = 16  # in one call of the network
_CELLS = 16  # that are taken away at once: what follows the features is mostly products of matrices


def maps(
    model: Model, first: np.ndarray, second: np.ndarray, of: str = ALIKE, method: str = "occlusion"
) -> tuple[np.ndarray, np.ndarray]:
    """Where two images have what makes them alike, or what makes them different.

    The running moments are those of the anchor's branch for the first image, and of the same
    image's branch for the second, as in evaluation.

    Args:
        model: the network, its parameters and moments.
        first, second: [side, side], uint8 or float in [0, 1].
        of: 'alike' for what makes f small, 'different' for what makes it large.
        method: one of `METHODS`.

    Returns:
        A map for each image, float32 [side, side], at least 0: by how much f would be higher
        (alike) or lower (different) without what is there. These are contributions of the cells of
        the network's last spatial features, and between the cells' centres interpolated.

    Raises:
        UserError: the images have another size than the network was trained for.
    """
    contributed = contributions(model, first[None], second[None], method)
    return tuple(heat(contributed, of, first.shape[0])[:, 0])


def contributions(
    model: Model, firsts: np.ndarray, seconds: np.ndarray, method: str = "occlusion"
) -> np.ndarray:
    """How much each cell of the last spatial features adds to f.

    Args:
        model: the network, its parameters and moments.
        firsts, seconds: [B, side, side], uint8 or float in [0, 1].
        method: one of `METHODS`.

    Returns:
        float32 [2, B, h, w], for the first and the second images.

    Raises:
        UserError: the images have another size than the network was trained for.
    """
    side, network = model.config.manipulations.output_size, build.network(model.config.model)
    variables = {"params": model.params, "moments": model.moments}
    for images in (firsts, seconds):
        if images.shape[1:] != (side, side):
            raise UserError(
                f"an image has shape {images.shape[1:]}, and the network takes ({side}, {side}): "
                "cut or resize it"
            )
    pairs, parts = np.stack([to_float(firsts), to_float(seconds)]), []
    size = _PAIRS if len(firsts) > 1 else 1  # of one pair someone waits for the answer
    for start in range(0, len(firsts), size):
        # The last pair is repeated, so that all calls have one shape and compile once.
        numbers = np.minimum(np.arange(start, start + size), len(firsts) - 1)
        result = _contributions(network, variables, pairs[:, numbers], method)
        parts.append(np.asarray(result)[:, : len(firsts) - start])
    return np.concatenate(parts, axis=1)


def heat(contributed: np.ndarray, of: str, side: int) -> np.ndarray:
    """Contributions [2, B, h, w] as maps, float32 [2, B, side, side], of one sign only."""
    one_sided = np.maximum(-contributed if of == ALIKE else contributed, 0)
    enlarged = [[cv2.resize(cells, (side, side)) for cells in images] for images in one_sided]
    return np.array(enlarged, np.float32)


@functools.partial(jax.jit, static_argnums=(0, 3))
def _contributions(network: EmbeddingNetwork, variables: Mapping, images: jax.Array, method: str):
    def f(both):
        return features.distances(network, variables, both, images.shape[-1])

    blanks = jnp.broadcast_to(images.mean(axis=(2, 3), keepdims=True), images.shape)
    together = jnp.concatenate([images, blanks], axis=1)
    own, blank = jnp.split(features.of_pairs(network, variables, together), 2, axis=1)
    return METHODS[method](f, own, blank).astype(jnp.float32)


def _slopes(f, own):
    """The gradient of each pair's f, which depends on no other pair."""
    return jax.grad(lambda both: f(both).sum())(own)


def _grad_cam(f, own, blank):
    del blank
    return (own * _slopes(f, own).mean(axis=(2, 3), keepdims=True)).sum(axis=-1)


def _hires_cam(f, own, blank):
    del blank
    return (own * _slopes(f, own)).sum(axis=-1)


def _occlusion(f, own, blank):
    images, _, height, width, _ = own.shape

    def without(cell):
        image, row, column = cell
        return f(own.at[image, :, row, column].set(blank[image, :, row, column]))

    cells = jnp.indices((images, height, width)).reshape(3, -1).T
    changed = jax.lax.map(without, cells, batch_size=_CELLS)
    changed = changed.reshape(images, height, width, -1)
    return f(own)[:, None, None] - jnp.moveaxis(changed, -1, 1)


METHODS = {"grad_cam": _grad_cam, "hires_cam": _hires_cam, "occlusion": _occlusion}
