"""Local edits: erase, local contrast and replace (paper section 3.3, `randlocaledit`).

Each changes a disc of the image and fades out linearly with the distance beyond it.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws

KINDS = ("erase", "local_contrast", "replace")


class LocalEdit(NamedTuple):
    """One of the `KINDS` of edits with the parameters of them all; lengths in pixels."""

    kind: jax.Array  # int32, index into KINDS
    erase: tuple[jax.Array, jax.Array]  # centre int32 [2] (row, column), radius int32
    local_contrast: tuple[jax.Array, jax.Array, jax.Array]  # centre, radius, factor float32
    replace: tuple[jax.Array, jax.Array, jax.Array]  # centre, radius, centre of the source disc


def erase(image: jax.Array, centre: jax.Array, radius: jax.Array, ramp: float) -> jax.Array:
    """Sets a disc to 0, with a ramp back to the image over the next pixels.

    Args:
        image: float32 [H, W].
        centre: (row, column) of the disc.
        radius: of the disc, in pixels.
        ramp: width of the ramp in pixels, > 0.

    Returns:
        float32 [H, W].
    """
    return image * (1 - _disc(image, centre, radius, ramp))


def local_contrast(
    image: jax.Array, centre: jax.Array, radius: jax.Array, factor: jax.Array, ramp: float
) -> jax.Array:
    """Multiplies a disc by a factor and divides the whole image by its new maximum.

    Args:
        image: float32 [H, W], not negative.
        centre: (row, column) of the disc.
        radius: of the disc, in pixels.
        factor: what the disc is multiplied by.
        ramp: width of the ramp from the factor back to 1, as a multiple of the radius, > 0.

    Returns:
        float32 [H, W] with maximum 1, or all 0 if the image is.
    """
    brighter = image * (1 + (factor - 1) * _disc(image, centre, radius, ramp * radius))
    maximum = jnp.max(brighter)
    return brighter / jnp.where(maximum > 0, maximum, 1)


def replace(
    image: jax.Array, centre: jax.Array, radius: jax.Array, source: jax.Array, ramp: float
) -> jax.Array:
    """Covers a disc with another disc of the same image, as in copy-move forgery.

    Args:
        image: float32 [H, W].
        centre: (row, column) of the disc that is covered.
        radius: of the disc, in pixels.
        source: (row, column) of the disc that is copied. Where it reaches beyond the image, the
            nearest pixel inside is copied.
        ramp: width of the ramp from the copy back to the image, as a multiple of the radius, > 0.

    Returns:
        float32 [H, W].
    """
    row, column = jnp.mgrid[: image.shape[0], : image.shape[1]]
    copied = image[
        jnp.clip(row - centre[0] + source[0], 0, image.shape[0] - 1),
        jnp.clip(column - centre[1] + source[1], 0, image.shape[1] - 1),
    ]
    blend = _disc(image, centre, radius, ramp * radius)
    return blend * copied + (1 - blend) * image


def _disc(image, centre, radius, ramp):
    """1 within the radius of the centre, falling linearly to 0 over the ramp beyond it."""
    row, column = jnp.mgrid[: image.shape[0], : image.shape[1]]
    distance = jnp.sqrt((row - centre[0]) ** 2.0 + (column - centre[1]) ** 2.0)
    ramp = jnp.maximum(ramp, 1e-3)  # small images draw the radius 0, and so a ramp of no width
    return jnp.clip(1 - (distance - radius) / ramp, 0, 1)


def local_edit(image: jax.Array, edit: LocalEdit, config: ConfigDict) -> jax.Array:
    """Does the edit; kinds that have no weight in `config.local_edit` are not compiled.

    Args:
        image: float32 [H, W], not negative.
        edit: what to do.
        config: the ranges; the widths of the ramps are taken from it.

    Returns:
        float32 [H, W].
    """
    edits = {
        "erase": lambda: erase(image, *edit.erase, ramp=config.erase.ramp),
        "local_contrast": lambda: local_contrast(
            image, *edit.local_contrast, ramp=config.local_contrast.ramp
        ),
        "replace": lambda: replace(image, *edit.replace, ramp=config.replace.ramp),
    }
    edited = image
    for index, kind in enumerate(KINDS):
        if config.local_edit[kind] > 0:
            edited = jnp.where(edit.kind == index, edits[kind](), edited)
    return edited


def draw_local_edit(u: jax.Array, config: ConfigDict) -> LocalEdit:
    """Makes an edit of uniform numbers [13].

    The kind comes by its weight in `config.local_edit`; there are parameters for every kind.
    """

    def pixels(u, fractions):
        return draws.integer(u, draws.pixels(fractions, config.output_size))

    def disc(u, ranges):
        return pixels(u[:2], ranges.centre), pixels(u[2], ranges.radius)

    kind, factor, erased, brightened, replaced, source = jnp.split(u, [1, 2, 5, 8, 11])
    return LocalEdit(
        draws.choice(kind[0], [config.local_edit[kind] for kind in KINDS]),
        erase=disc(erased, config.erase),
        local_contrast=(
            *disc(brightened, config.local_contrast),
            draws.real(factor[0], config.local_contrast.factor),
        ),
        replace=(*disc(replaced, config.replace), pixels(source, config.replace.centre)),
    )
