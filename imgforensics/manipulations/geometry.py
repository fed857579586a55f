"""Reflection, perspective and similarity, composed into one map and one gather (paper section 3.3).

The authors resample once for each of the three, on a canvas of the image's own size. Here every
output pixel is traced back through similarity, perspective and reflection to one place in the
input, so that only the pixels of the crop are computed and the image is blurred only once. What
falls off an intermediate canvas is zero here too. All coordinates are (x, y) = (column, row) with
the first pixel's centre at 0.
"""

from typing import NamedTuple

import dm_pix as pix
import jax
import jax.numpy as jnp
from jax.scipy import ndimage
from ml_collections import ConfigDict

from imgforensics.manipulations import draws
from imgforensics.manipulations.crop import to_float


class Reflection(NamedTuple):
    """Mirror images; the default is no reflection."""

    left_right: jax.Array | bool = False  # bool
    up_down: jax.Array | bool = False  # bool


class Perspective(NamedTuple):
    """The quadrilateral of the input that is stretched over the canvas; the default is all of it.

    `offsets` are the (x, y) pixels from the canvas's corners to the quadrilateral's, in the order
    top left, top right, bottom right, bottom left.
    """

    offsets: jax.Array | tuple = ((0, 0),) * 4  # [4, 2]


class Similarity(NamedTuple):
    """Rotation, then scale, then translation; the default leaves an image as it is."""

    angle: jax.Array | float = 0  # degrees, counter-clockwise, about the image's centre
    percent: jax.Array | float = 100  # scale; above 100 enlarges
    translation: jax.Array | tuple = (0, 0)  # (x, y), whole pixels right and down


class Geometry(NamedTuple):
    """What `warp` does to an image, in this order; the default leaves it as it is."""

    reflection: Reflection = Reflection()
    perspective: Perspective = Perspective()
    similarity: Similarity = Similarity()


def warp(image: jax.Array, geometry: Geometry, size: int) -> jax.Array:
    """Deforms an image and returns its central square, from one bilinear gather.

    Args:
        image: [H, W], uint8 or float in [0, 1].
        geometry: the deformation.
        size: pixels on each side of the output.

    Returns:
        float32 [size, size] in the range of the input, and 0 where the input does not reach.
    """
    height, width = image.shape
    row, column = jnp.mgrid[:size, :size]
    column, row = column + width // 2 - size // 2, row + height // 2 - size // 2

    angle, percent, (right, down) = geometry.similarity
    x, on_canvas_x = _before_scale(column - right, width, percent)
    y, on_canvas_y = _before_scale(row - down, height, percent)
    x, y = _before_rotation(x, y, angle, height, width)
    # A place counts as long as it touches the canvas that the perspective left behind.
    on_canvas = on_canvas_x & on_canvas_y & (x > -1) & (x < width) & (y > -1) & (y < height)
    x, y = _before_perspective(x, y, geometry.perspective.offsets, height, width)
    x = jnp.where(geometry.reflection.left_right, width - 1 - x, x)
    y = jnp.where(geometry.reflection.up_down, height - 1 - y, y)

    sampled = ndimage.map_coordinates(to_float(image), (y, x), order=1, mode="constant")
    return jnp.where(on_canvas, sampled, 0)


def _before_scale(i, side, percent):
    """Traces pixels back through the scale, along one axis, and tells which ones have an origin.

    The authors resize to a whole number of pixels, then cut or pad by whole pixels, so that the
    true scale and the true centre differ a little from the ones drawn.
    """
    resized = jnp.round(side * percent / 100)
    j = i + resized // 2 - side // 2
    there = (i >= 0) & (i < side) & (j >= 0) & (j < resized)
    return (j + 0.5) * side / resized - 0.5, there


def _before_rotation(x, y, angle, height, width):
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    cos, sin = jnp.cos(jnp.deg2rad(angle)), jnp.sin(jnp.deg2rad(angle))
    x, y = x - centre_x, y - centre_y
    return cos * x - sin * y + centre_x, sin * x + cos * y + centre_y


def _before_perspective(x, y, offsets, height, width):
    """Traces pixels back through the projective map from the canvas to a quadrilateral.

    The map from the unit square to four points has a closed form (Heckbert, Fundamentals of texture
    mapping and image warping, 1989, section 2.2.3). The canvas's corners are the outer corners of
    its pixels, half a pixel beyond their centres.
    """
    corners = jnp.array([(0, 0), (width, 0), (width, height), (0, height)], jnp.float32)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners + jnp.asarray(offsets, jnp.float32)
    sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    determinant = (x1 - x2) * (y3 - y2) - (x3 - x2) * (y1 - y2)
    g = (sum_x * (y3 - y2) - (x3 - x2) * sum_y) / determinant
    h = ((x1 - x2) * sum_y - sum_x * (y1 - y2)) / determinant
    u, v = (x + 0.5) / width, (y + 0.5) / height
    w = g * u + h * v + 1
    return (
        ((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / w - 0.5,
        ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / w - 0.5,
    )


def reflect(image: jax.Array, reflection: Reflection) -> jax.Array:
    """Mirrors a whole image [H, W]; `warp` does the same within its gather."""
    image = image[..., None]
    image = jnp.where(reflection.left_right, pix.flip_left_right(image), image)
    image = jnp.where(reflection.up_down, pix.flip_up_down(image), image)
    return image[..., 0]


def perspective(image: jax.Array, offsets: jax.Array, size: int) -> jax.Array:
    """Returns the central square [size, size] after a perspective alone; see `Perspective`.

    The authors interpolate bicubically, and divide by the maximum where that exceeds 1. A bilinear
    value never exceeds its neighbours, so there is nothing to divide here.
    """
    return warp(image, Geometry(perspective=Perspective(offsets)), size)


def similarity(
    image: jax.Array, angle: jax.Array, percent: jax.Array, translation: jax.Array, size: int
) -> jax.Array:
    """Returns the central square [size, size] after a similarity alone; see `Similarity`."""
    return warp(image, Geometry(similarity=Similarity(angle, percent, translation)), size)


def draw_reflection(u: jax.Array, config: ConfigDict) -> Reflection:
    """Makes a reflection of uniform numbers [2], by `config.reflection`."""
    left_right, up_down = u
    return Reflection(
        draws.chance(left_right, config.reflection.left_right),
        draws.chance(up_down, config.reflection.up_down),
    )


def draw_perspective(u: jax.Array, config: ConfigDict) -> Perspective:
    """Makes a perspective of uniform numbers [8], by `config.perspective`."""
    return Perspective(draws.integer(u.reshape(4, 2), config.perspective.offset))


def draw_similarity(u: jax.Array, config: ConfigDict) -> Similarity:
    """Makes a similarity of uniform numbers [4], by `config.similarity`."""
    angle, percent, x, y = u
    return Similarity(
        draws.integer(angle, config.similarity.angle),
        draws.integer(percent, config.similarity.percent),
        draws.integer(jnp.stack([x, y]), config.similarity.translation),
    )
