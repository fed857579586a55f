"""Convolutions that commute with the eight symmetries of the square (Cohen and Welling, 2016).

Features have 8 C channels: for each symmetry, C channels that show the image as if it had been
turned and mirrored by it. Turning or mirroring the input moves the features about and swaps the
symmetries, and does nothing else, so that a maximum or mean over places and symmetries doesn't
change at all.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

ORDER = 8  # four right angles, of the image and of its mirror image


def act(kernel: jax.Array, element: int) -> jax.Array:
    """Turns and mirrors the first two axes of an array by one of the eight symmetries."""
    mirrored = kernel[:, ::-1] if element >= 4 else kernel
    return jnp.rot90(mirrored, element % 4)


def _done(array, element):
    return np.rot90(array[:, ::-1] if element >= 4 else array, element % 4)


@functools.cache
def inverse_products() -> np.ndarray:
    """int [8, 8]: at [h, k] the symmetry h^-1 k, found by what it does to a square without any."""
    square = np.arange(9).reshape(3, 3)
    table = np.zeros((ORDER, ORDER), int)
    for h in range(ORDER):
        for k in range(ORDER):
            wanted = _done(square, k)
            table[h, k] = next(
                g for g in range(ORDER) if np.array_equal(_done(_done(square, g), h), wanted)
            )
    return table


def lift(kernel: jax.Array) -> jax.Array:
    """The kernel that takes an image to features of the group.

    Args:
        kernel: [size, size, channels, C].

    Returns:
        [size, size, channels, 8 C].
    """
    return jnp.concatenate([act(kernel, h) for h in range(ORDER)], axis=-1)


def expand(kernel: jax.Array) -> jax.Array:
    """The kernel that takes features of the group to others.

    Args:
        kernel: [size, size, 8, C, D], of the symmetries relative to that of the output.

    Returns:
        [size, size, 8 C, 8 D].
    """
    size, _, _, channels, features = kernel.shape
    # One gather in place of eight turns: each is an operation that every trace has to go through.
    parts = kernel.reshape(-1, channels, features)[_turned(size)]
    return jnp.moveaxis(parts, 3, 4).reshape(size, size, ORDER * channels, ORDER * features)


@functools.cache
def _turned(size: int) -> np.ndarray:
    """int [size, size, 8, 8]: which entry of the first three axes of a kernel each one is of.

    The third axis is that of the input's symmetries and the fourth that of the output's, by which
    the kernel is turned.
    """
    numbers = np.arange(size * size * ORDER).reshape(size, size, ORDER)
    relative = inverse_products()
    turned = [_done(numbers, h)[:, :, relative[h]] for h in range(ORDER)]
    return np.stack(turned, axis=-1)
