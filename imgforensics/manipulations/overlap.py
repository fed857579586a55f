"""Overlapping crops: the copy is a window of its own of the source, at any angle and scale.

The paper's deformations move a crop within the source as well, and leave black what the source does
not reach. Who crops a figure does not: here the whole window lies within the source.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws
from imgforensics.manipulations.geometry import Geometry, Perspective, Reflection, Similarity

_MARGIN = 3  # pixels of the source's border that no window has, lest rounding leaves it


class Window(NamedTuple):
    """A window; its sides are those of the crop."""

    mirrored: jax.Array  # bool
    angle: jax.Array  # float32, degrees, as in `Similarity`
    percent: jax.Array  # float32, scale, likewise
    shift: jax.Array  # float32 [2], (x, y) of its centre from the source's, in pixels of the source


def place(window: Window, shape: tuple[int, ...], size: int) -> Geometry:
    """The geometry of `warp` for a window, which is enlarged and moved until it lies inside.

    Args:
        window: its place.
        shape: of the source.
        size: pixels on each side of the crop.
    """
    angle = jnp.deg2rad(window.angle)
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    reach = jnp.abs(cos) + jnp.abs(sin)  # of a turned square, along either axis, in its sides
    inside = min(shape) / 2 - _MARGIN
    percent = jnp.maximum(window.percent, 50 * size * reach / inside)
    half = 50 * size / percent
    # Within the source, and within the canvas on which `warp` moves it.
    spare = 50 * (min(shape) - size - 2) / percent
    room = jnp.minimum(inside - half * reach, spare / reach)
    x, y = jnp.clip(window.shift, -room, room)
    translation = -percent / 100 * jnp.stack([cos * x + sin * y, cos * y - sin * x])
    return Geometry(
        reflection=Reflection(window.mirrored, jnp.zeros((), bool)),
        perspective=Perspective(jnp.zeros((4, 2))),
        similarity=Similarity(window.angle, percent, translation),
    )


def draw_window(u: jax.Array, config: ConfigDict) -> Window:
    """Makes a window of uniform numbers [6], by `config.overlap`."""
    ranges = config.overlap
    mirrored, turned, angle, percent = u[:4]
    return Window(
        draws.chance(mirrored, ranges.mirrored),
        jnp.where(draws.chance(turned, ranges.turned), draws.real(angle, ranges.angle), 0),
        draws.real(percent, ranges.percent),
        config.output_size * draws.real(u[4:], ranges.shift),
    )
