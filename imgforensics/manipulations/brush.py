"""Painted brightness: strokes of a soft brush that lighten or darken what they pass over."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws

MOST = 2  # strokes
UNIFORMS = 1 + 6 * MOST


class Strokes(NamedTuple):
    """Lines of a soft brush; lengths are fractions of the image's sides."""

    ends: jax.Array  # float32 [MOST, 2, 2], (row, column) of both ends
    width: jax.Array  # float32 [MOST], from the line to where the brush ends
    amount: jax.Array  # float32 [MOST] in [-1, 1]: 1 makes white, -1 black, 0 nothing


def paint(image: jax.Array, strokes: Strokes) -> jax.Array:
    """Lightens or darkens along strokes, most on their lines.

    Args:
        image: float32 [H, W] in [0, 1].
        strokes: what to paint.

    Returns:
        float32 [H, W] in [0, 1].
    """
    sides = jnp.array(image.shape)
    for number in range(MOST):
        first, last = strokes.ends[number] * sides
        width = jnp.maximum(strokes.width[number] * max(image.shape), 1e-3)
        near = jnp.clip(1 - distance(image.shape, first, last) / width, 0, 1)
        amount = strokes.amount[number] * near * near * (3 - 2 * near)  # without a visible edge
        image = image + jnp.where(amount > 0, amount * (1 - image), amount * image)
    return image


def distance(shape: tuple[int, ...], first: jax.Array, last: jax.Array) -> jax.Array:
    """float32 of the shape: from each pixel to a line between two points [2], (row, column)."""
    row, column = jnp.mgrid[: shape[0], : shape[1]]
    y, x = row - first[0], column - first[1]
    down, right = last - first
    length = jnp.maximum(down * down + right * right, 1e-6)
    along = jnp.clip((y * down + x * right) / length, 0, 1)
    return jnp.sqrt((y - along * down) ** 2 + (x - along * right) ** 2)


def draw_strokes(u: jax.Array, section: ConfigDict) -> tuple[Strokes]:
    """Makes what `paint` takes of uniform numbers [UNIFORMS]."""
    count, some = draws.integer(u[0], section.strokes), u[1:].reshape(6, MOST)
    amount = draws.real(some[5], section.amount)
    strokes = Strokes(
        ends=some[:4].T.reshape(MOST, 2, 2),
        width=draws.real(some[4], section.width),
        amount=jnp.where(jnp.arange(MOST) < count, amount, 0),
    )
    return (strokes,)
