"""Global histogram adjustments.

Gamma is the paper's (section 3.3, `randgammaadj`); linear contrast and inversion go beyond it.
"""

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws


def gamma(image: jax.Array, exponent: jax.Array) -> jax.Array:
    """Raises gray levels to a power; the exponent 1 leaves the image exactly as it is.

    Args:
        image: float32 [H, W] in [0, 1].
        exponent: scalar > 0; above 1 darkens.

    Returns:
        float32 [H, W] in [0, 1].
    """
    # dm_pix takes a power, for which XLA's CPU backend calls a function for every single pixel.
    # Black's logarithm is minus infinity, of which the exponential is black again.
    power = jnp.exp(exponent * jnp.log(jnp.clip(image, 0, 1)))
    return jnp.where(exponent == 1, image, power)


def linear(image: jax.Array, contrast: jax.Array, brightness: jax.Array) -> jax.Array:
    """Scales the distances of gray levels from their mean, then shifts them all, and clips.

    Args:
        image: float32 [H, W] in [0, 1].
        contrast: scalar factor; 1 for none.
        brightness: scalar that is added; 0 for none.

    Returns:
        float32 [H, W] in [0, 1].
    """
    mean = jnp.mean(image)
    return jnp.clip((image - mean) * contrast + mean + brightness, 0, 1)


def invert(image: jax.Array) -> jax.Array:
    """Makes the negative of an image, float32 [H, W] in [0, 1]."""
    return 1 - image


def draw_gamma(u: jax.Array, config: ConfigDict) -> jax.Array:
    """Makes an exponent in hundredths of a uniform number [1], by `config.gamma`."""
    (percent,) = u
    return draws.integer(percent, config.gamma.percent) / 100
