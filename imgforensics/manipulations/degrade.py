"""What an image loses on its way into a figure: blur, noise, contrast and a last compression.

These go beyond the paper. They come after everything else, as a figure is annotated first and saved
afterwards.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from ml_collections import ConfigDict

from imgforensics.manipulations import draws, jpeg, photometric

STEPS = ("blur", "noise", "linear", "inversion", "recompression")


class Degradation(NamedTuple):
    """Which of the `STEPS` are done to an image, and the parameters of them all."""

    done: dict[str, jax.Array]  # bool for each step
    sigma: jax.Array  # pixels, of blur
    stddev: jax.Array  # of noise
    noise: jax.Array  # key of its pixels
    contrast: jax.Array
    brightness: jax.Array
    quality: jax.Array  # of recompression


def gaussian_blur(image: jax.Array, sigma: jax.Array) -> jax.Array:
    """Convolves an image with a Gaussian, of which only what lies inside the image counts.

    Args:
        image: float32 [H, W].
        sigma: scalar in pixels, > 0.

    Returns:
        float32 [H, W] in the range of the input.
    """
    # dm_pix's kernels of different images become a grouped convolution under vmap, which CPUs do
    # one channel at a time; two products with a matrix are fast everywhere.
    height, width = image.shape
    # In full: accelerators would round the factors to ten bits.
    product = functools.partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    return product(product(_weights(height, sigma), image), _weights(width, sigma).T)


def _weights(side, sigma):
    """float32 [side, side]: the Gaussian's weights about each pixel, with sums of 1."""
    place = jnp.arange(side)
    weights = jnp.exp(-0.5 * jnp.square((place[:, None] - place) / sigma))
    return weights / weights.sum(axis=1, keepdims=True)


def gaussian_noise(key: jax.Array, image: jax.Array, stddev: jax.Array) -> jax.Array:
    """Adds white noise to an image, float32 [H, W] in [0, 1], and clips."""
    return jnp.clip(image + stddev * jax.random.normal(key, image.shape), 0, 1)


def steps(config: ConfigDict) -> list[str]:
    """Returns those of the `STEPS` that a config ever does."""
    return [step for step in STEPS if step in config and config[step].probability > 0]


def draw_degradation(key: jax.Array, config: ConfigDict) -> Degradation:
    """Draws a degradation by the probabilities and ranges of a config (see `ranges`)."""
    noise_key, key = jax.random.split(key)
    u = draws.uniforms(key, done=len(STEPS), sigma=1, stddev=1, contrast=1, brightness=1, quality=1)
    return Degradation(
        {
            step: draws.chance(step_u, config[step].probability)
            for step, step_u in zip(STEPS, u["done"])
        },
        draws.real(u["sigma"][0], config.blur.sigma),
        draws.real(u["stddev"][0], config.noise.stddev),
        noise_key,
        draws.real(u["contrast"][0], config.linear.contrast),
        draws.real(u["brightness"][0], config.linear.brightness),
        draws.integer(u["quality"][0], config.recompression.quality),
    )


def degrade(image: jax.Array, drawn: Degradation, config: ConfigDict) -> jax.Array:
    """Degrades an image; steps whose probability is 0 are not compiled.

    Args:
        image: float32 [H, W] in [0, 1].
        drawn: what to do.
        config: which steps there are.

    Returns:
        float32 [H, W] in [0, 1].
    """
    do = {
        "blur": lambda image: gaussian_blur(image, drawn.sigma),
        "noise": lambda image: gaussian_noise(drawn.noise, image, drawn.stddev),
        "linear": lambda image: photometric.linear(image, drawn.contrast, drawn.brightness),
        "inversion": photometric.invert,
        "recompression": lambda image: jpeg.jpeg(image, drawn.quality),
    }
    for step in steps(config):
        image = jnp.where(drawn.done[step], do[step](image), image)
    return image
