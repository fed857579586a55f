"""An image that was reduced and enlarged again: what passing through a smaller figure leaves."""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from ml_collections import ConfigDict

from imgforensics.manipulations import draws

KERNELS = ("box", "triangle", "cubic")


def down_and_up(image: jax.Array, factor: jax.Array, down: jax.Array, up: jax.Array) -> jax.Array:
    """Reduces an image to a whole number of pixels and enlarges it to its size again.

    Args:
        image: float32 [H, W] in [0, 1].
        factor: of the reduction, in (0, 1]; of a side at least one pixel is left.
        down: index into `KERNELS`, of the filter that reduces.
        up: likewise, of the one that enlarges.

    Returns:
        float32 [H, W] in [0, 1].
    """
    rows, columns = (_there_and_back(side, factor, down, up) for side in image.shape)
    # In full: accelerators would round the factors to ten bits.
    product = functools.partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    return jnp.clip(product(product(rows, image), columns.T), 0, 1)


def _there_and_back(side, factor, down, up):
    """float32 [side, side]: what each pixel afterwards takes of each pixel before."""
    small = jnp.maximum(jnp.round(side * factor), 1)
    reduced = weights(side, side, small / side, down)
    there = (jnp.arange(side) < small)[:, None]
    enlarged = weights(side, side, side / small, up, there[:, 0])
    product = functools.partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    return product(enlarged, jnp.where(there, reduced, 0))


def weights(
    count: int, side: int, scale: jax.Array, kernel: jax.Array, there: jax.Array | bool = True
) -> jax.Array:
    """What each of the first pixels of a resized line takes of each pixel of the line.

    Args:
        count: how many pixels of the resized line.
        side: pixels of the line.
        scale: how many times as long the resized line is. Below 1 kernels are as much wider.
        kernel: index into `KERNELS`.
        there: bool [side], which pixels there are.

    Returns:
        float32 [count, side] with sums of 1 where a pixel of the line is near, else of 0.
    """
    place = (jnp.arange(count) + 0.5) / scale
    x = (jnp.arange(side) + 0.5 - place[:, None]) * jnp.minimum(scale, 1)
    found = jnp.where(there, lax.switch(kernel, (_box, _triangle, _cubic), x), 0)
    total = found.sum(axis=1, keepdims=True)
    return found / jnp.where(total == 0, 1, total)


def _box(x):
    return ((x > -0.5) & (x <= 0.5)).astype(x.dtype)


def _triangle(x):
    return jnp.maximum(1 - jnp.abs(x), 0)


def _cubic(x):
    """Keys 1981, with the slope -1/2 at 1."""
    x = jnp.abs(x)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return jnp.where(x < 1, near, jnp.where(x < 2, far, 0))


def draw_resampling(u: jax.Array, section: ConfigDict) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Makes what `down_and_up` takes of uniform numbers [3]."""
    kernels = draws.integer(u[1:], (0, len(KERNELS)))
    return draws.real(u[0], section.factor), kernels[0], kernels[1]
