"""Gaussian blur as two products with a matrix."""

import functools

import jax
import jax.numpy as jnp
from jax import lax


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
