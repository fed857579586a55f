"""Another view of a micrograph: a window of it, enlarged, with another gamma.

The paper's anchors are the centres of the micrographs, the same ones in every step. Of views, no
two anchors of a training are the same. They are for training only: who validates, calibrates or
tests keeps to the centres.
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws, photometric
from imgforensics.manipulations.crop import to_float
from imgforensics.utils.errors import UserError


def views(
    keys: jax.Array, pairs: jax.Array | Sequence[jax.Array], config: ConfigDict
) -> jax.Array | Sequence[jax.Array]:
    """Views of a batch's anchors and, if any, of its different images; each has its own draws.

    Args:
        keys: [B], of the draws.
        pairs: uint8 [B, H, W] each.
        config: `config.view`.

    Returns:
        float32 [B, H, W] each, in [0, 1]; or where the probability is 0 the pairs as they are.
    """
    if not config.probability:
        return pairs
    fold_in = jax.vmap(jax.random.fold_in, (0, None))
    each = jax.vmap(functools.partial(view, config=config))
    return tuple(each(fold_in(keys, number), images) for number, images in enumerate(pairs))


def view(key: jax.Array, image: jax.Array, config: ConfigDict) -> jax.Array:
    """A view of an image, or with one less the probability the image.

    Args:
        key: of the draws.
        image: [H, W], uint8 or float in [0, 1].
        config: the probability, and the ranges of the window's share of each side and of gamma.

    Returns:
        float32 [H, W] in [0, 1].
    """
    u = draws.uniforms(key, done=1, share=1, corner=2, gamma=1)
    share = draws.real(u["share"][0], config.share)
    seen = window(to_float(image), share, u["corner"] * (1 - share))
    seen = photometric.gamma(seen, draws.integer(u["gamma"][0], config.gamma) / 100)
    return jnp.where(draws.chance(u["done"][0], config.probability), seen, to_float(image))


def window(image: jax.Array, share: jax.Array, corner: jax.Array) -> jax.Array:
    """A window of an image, bilinearly enlarged to the size of the whole.

    Args:
        image: float32 [H, W].
        share: of each side, in (0, 1].
        corner: [2], row and column of the window's first corner, in shares of the sides; at most
            1 - share.

    Returns:
        float32 [H, W].
    """
    shape = jnp.array(image.shape)
    enlarged = jnp.full(2, 1 / share)
    return jax.image.scale_and_translate(
        image, image.shape, (0, 1), enlarged, -corner * shape * enlarged, "linear", antialias=False
    )


def check(config: ConfigDict) -> None:
    """Refuses what no view can be drawn from.

    Args:
        config: `config.view`.

    Raises:
        UserError: names the first field that is wrong.
    """
    if not 0 <= config.probability <= 1:
        raise UserError(f"view.probability is {config.probability}; give one between 0 and 1")
    for name, highest in (("share", 1), ("gamma", float("inf"))):
        low, high = config[name]
        if not 0 < low < high <= highest:
            raise UserError(
                f"view.{name} is {config[name]}; give (low, high) with 0 below low, low below "
                f"high and high up to {highest}"
            )
