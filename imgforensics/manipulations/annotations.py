"""What is drawn on figures besides letters and rectangles: lines, rings, and a frame.

Lengths are fractions of the image's sides; places are (row, column). Edges are smooth over a pixel.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws
from imgforensics.manipulations.brush import distance

KINDS = ("arrow", "bar", "bracket")
MOST = 3  # lines
LINE_UNIFORMS, RING_UNIFORMS, FRAME_UNIFORMS = 1 + 7 * MOST, 6, 5
_BARB = 0.35  # of an arrow's length
_BARB_ANGLE = 0.45  # radians
_LEG = 0.25  # of a bracket's length


class Lines(NamedTuple):
    """Arrows, bars and brackets; those of width 0 are none."""

    kind: jax.Array  # int32 [MOST], index into KINDS
    centre: jax.Array  # float32 [MOST, 2]
    angle: jax.Array  # float32 [MOST], radians from the columns' axis towards the rows'
    length: jax.Array  # float32 [MOST]
    width: jax.Array  # float32 [MOST], pixels
    gray: jax.Array  # float32 [MOST] in [0, 1]


class Ring(NamedTuple):
    """The outline of an ellipse along the image's axes."""

    centre: jax.Array  # float32 [2]
    radii: jax.Array  # float32 [2]
    width: jax.Array  # float32, pixels
    gray: jax.Array  # float32 in [0, 1]


def draw_on(image: jax.Array, lines: Lines) -> jax.Array:
    """Draws lines on an image, float32 [H, W], one over the other."""
    for number in range(MOST):
        line = jax.tree.map(lambda leaf: leaf[number], lines)
        strokes = _strokes(line) * jnp.array(image.shape)
        away = jnp.stack([distance(image.shape, *stroke) for stroke in strokes]).min(axis=0)
        # A line of width 0 leaves no trace.
        ink = jnp.clip(line.width / 2 - away + 0.5, 0, 1) * (line.width > 0)
        image = image + ink * (line.gray - image)
    return image


def _strokes(line):
    """float32 [3, 2, 2]: the ends of three strokes, of which a bar's are the same."""
    along = line.length * jnp.stack([jnp.sin(line.angle), jnp.cos(line.angle)])
    tail, tip = line.centre - along / 2, line.centre + along / 2
    shaft = jnp.stack([tail, tip])

    def turned(angle):
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return jnp.stack([cos * along[0] + sin * along[1], cos * along[1] - sin * along[0]])

    barbs = (jnp.stack([tip, tip - _BARB * turned(a)]) for a in (-_BARB_ANGLE, _BARB_ANGLE))
    legs = (jnp.stack([end, end + _LEG * turned(jnp.pi / 2)]) for end in (tail, tip))
    by_kind = jnp.stack([jnp.stack([shaft, *more]) for more in (barbs, (shaft, shaft), legs)])
    return by_kind[line.kind]


def draw_ring(image: jax.Array, ring: Ring) -> jax.Array:
    """Draws a ring on an image, float32 [H, W]."""
    row, column = jnp.mgrid[: image.shape[0], : image.shape[1]]
    y, x = row / image.shape[0] - ring.centre[0], column / image.shape[1] - ring.centre[1]
    radii = jnp.maximum(ring.radii, 1e-3)
    place = jnp.sqrt((y / radii[0]) ** 2 + (x / radii[1]) ** 2)
    away = jnp.abs(place - 1) * radii.min() * max(image.shape)
    ink = jnp.clip(ring.width / 2 - away + 0.5, 0, 1)
    return image + ink * (ring.gray - image)


def draw_frame(image: jax.Array, widths: jax.Array, gray: jax.Array) -> jax.Array:
    """Covers strips along the sides of an image.

    Args:
        image: float32 [H, W].
        widths: [4], of the strips at the top, bottom, left and right; 0 and less is none.
        gray: of the strips.

    Returns:
        float32 [H, W].
    """
    height, width = image.shape
    top, bottom, left, right = widths * jnp.array([height, height, width, width])
    row, column = jnp.mgrid[:height, :width]
    inside = (row >= top) & (row < height - bottom) & (column >= left) & (column < width - right)
    return jnp.where(inside, image, gray)


def _ink(u, section):
    """Grays from a range that is wider than that from black to white: what is beyond is either."""
    return jnp.clip(draws.real(u, section.gray), 0, 1)


def draw_lines(u: jax.Array, section: ConfigDict) -> tuple[Lines]:
    """Makes what `draw_on` takes of uniform numbers [LINE_UNIFORMS]."""
    count, some = draws.integer(u[0], section.lines), u[1:].reshape(7, MOST)
    kind = draws.integer(some[0], (0, len(KINDS)))
    angle = 2 * jnp.pi * some[1]
    straight = jnp.round(angle / (jnp.pi / 2)) * (jnp.pi / 2)
    width = draws.real(some[3], section.width)
    lines = Lines(
        kind=kind,
        centre=some[4:6].T,
        angle=jnp.where(kind == KINDS.index("arrow"), angle, straight),
        length=draws.real(some[2], section.length),
        width=jnp.where(jnp.arange(MOST) < count, width, 0),
        gray=_ink(some[6], section),
    )
    return (lines,)


def draw_a_ring(u: jax.Array, section: ConfigDict) -> tuple[Ring]:
    """Makes what `draw_ring` takes of uniform numbers [RING_UNIFORMS]."""
    radii, width = draws.real(u[2:4], section.radius), draws.real(u[4], section.width)
    return (Ring(u[:2], radii, width, _ink(u[5], section)),)


def draw_a_frame(u: jax.Array, section: ConfigDict) -> tuple[jax.Array, jax.Array]:
    """Makes what `draw_frame` takes of uniform numbers [FRAME_UNIFORMS]."""
    return draws.real(u[:4], section.width), _ink(u[4], section)
