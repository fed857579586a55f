"""Retouching: spots are made to disappear, by what surrounds them or by another part of the image.

Both are what image editors offer as healing and as cloning. Lengths are fractions of the image's
sides, (row, column).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws
from imgforensics.manipulations.blur import gaussian_blur

MOST = 3  # spots
UNIFORMS = 4 + 5 * MOST
_SOFT = 0.3  # of a spot's radius, the share over which it fades into the image


class Spots(NamedTuple):
    """Ellipses; those of radius 0 are none."""

    centre: jax.Array  # float32 [MOST, 2]
    radii: jax.Array  # float32 [MOST, 2], along and across
    angle: jax.Array  # float32 [MOST], radians


def retouch(image: jax.Array, spots: Spots, cloned: jax.Array, offset: jax.Array) -> jax.Array:
    """Covers spots with what surrounds them, or with what lies at an offset.

    Args:
        image: float32 [H, W].
        spots: where.
        cloned: bool, whether the image is copied from elsewhere.
        offset: float32 [2], to where it is copied from. Beyond the image the nearest pixel is.

    Returns:
        float32 [H, W] in the range of the input.
    """
    cover = coverage(image.shape, spots)
    sigma = jnp.maximum(jnp.max(spots.radii) * max(image.shape) / 2, 1)
    filled = jnp.where(cloned, _moved(image, offset), heal(image, cover, sigma))
    return cover * filled + (1 - cover) * image


def heal(image: jax.Array, cover: jax.Array, sigma: jax.Array) -> jax.Array:
    """A weighted mean of the uncovered pixels about each pixel (Knutsson and Westin 1993).

    Args:
        image: float32 [H, W].
        cover: float32 [H, W] in [0, 1]; pixels that are covered at all count for nothing.
        sigma: of the Gaussian weights, in pixels.

    Returns:
        float32 [H, W]; where there is no uncovered pixel near, the image as it is.
    """
    known = (cover == 0).astype(image.dtype)
    weight = gaussian_blur(known, sigma)
    mean = gaussian_blur(image * known, sigma) / jnp.maximum(weight, 1e-6)
    return jnp.where(weight > 1e-6, mean, image)


def coverage(shape: tuple[int, ...], spots: Spots) -> jax.Array:
    """float32 of the shape: 1 within a spot, falling to 0 at its outline."""
    row, column = jnp.mgrid[: shape[0], : shape[1]]
    centre = spots.centre * jnp.array(shape)
    y, x = row - centre[:, 0, None, None], column - centre[:, 1, None, None]
    cos, sin = (f(spots.angle)[:, None, None] for f in (jnp.cos, jnp.sin))
    along, across = jnp.maximum(spots.radii * max(shape), 1e-3).T[..., None, None]
    place = jnp.sqrt(((cos * x + sin * y) / along) ** 2 + ((cos * y - sin * x) / across) ** 2)
    there = (spots.radii > 0).all(axis=1)[:, None, None]
    return jnp.where(there, jnp.clip((1 - place) / _SOFT, 0, 1), 0).max(axis=0)


def _moved(image, offset):
    """The image at an offset from each pixel."""
    places = (
        jnp.clip(jnp.arange(side) + jnp.round(share * side).astype(jnp.int32), 0, side - 1)
        for side, share in zip(image.shape, offset)
    )
    rows, columns = places
    return image[rows][:, columns]


def draw_retouch(u: jax.Array, section: ConfigDict) -> tuple[Spots, jax.Array, jax.Array]:
    """Makes what `retouch` takes of uniform numbers [UNIFORMS]."""
    some, (count, cloned) = u[4:].reshape(5, MOST), u[:2]
    there = jnp.arange(MOST) < draws.integer(count, section.spots)
    radii = draws.real(some[2:4].T, section.radius)
    spots = Spots(
        centre=draws.real(some[:2].T, section.centre),
        radii=jnp.where(there[:, None], radii, 0),
        angle=jnp.pi * some[4],
    )
    offset = draws.real(u[2:4], section.offset)
    return spots, draws.chance(cloned, section.cloned), offset
