"""What printing and scanning do to an image: a screen of ink, paper that is not white, a lamp."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws
from imgforensics.manipulations.blur import gaussian_blur

UNIFORMS = 11


class Page(NamedTuple):
    """How an image is printed and scanned."""

    halftone: jax.Array  # bool, whether it is printed by a screen
    period: jax.Array  # float32, of the screen, pixels
    angle: jax.Array  # float32, of the screen, radians
    roundness: jax.Array  # float32: 0 for a screen of lines, 1 for one of dots
    hardness: jax.Array  # float32, by how much grays are pulled towards ink or paper
    ink: jax.Array  # float32, the gray that black becomes
    paper: jax.Array  # float32, the gray that white becomes
    slope: jax.Array  # float32 [2], of the light along rows and columns, over the image
    fall: jax.Array  # float32, by how much the corners are darker than the middle
    softness: jax.Array  # float32, sigma of the scanner's blur, pixels


def print_and_scan(image: jax.Array, page: Page) -> jax.Array:
    """Prints an image and scans the page.

    Args:
        image: float32 [H, W] in [0, 1].
        page: how.

    Returns:
        float32 [H, W] in [0, 1].
    """
    printed = jnp.where(page.halftone, _screened(image, page), image)
    printed = gaussian_blur(page.ink + (page.paper - page.ink) * printed, page.softness)
    return jnp.clip(printed * _light(image.shape, page), 0, 1)


def _screened(image, page):
    """Where an image is brighter than the screen there is paper, elsewhere ink."""
    frequency = 2 * jnp.pi / page.period
    down, across = frequency * jnp.sin(page.angle), frequency * jnp.cos(page.angle)
    along = _wave(image.shape, down, across)
    screen = (along + page.roundness * _wave(image.shape, across, -down)) / (1 + page.roundness)
    return jnp.clip((image - (0.5 + 0.5 * screen)) * page.hardness + 0.5, 0, 1)


def _wave(shape, down, across):
    """cos(down row + across column), of products: CPUs are slow at a cosine of every pixel."""
    rows, columns = jnp.arange(shape[0]) * down, jnp.arange(shape[1]) * across
    return jnp.outer(jnp.cos(rows), jnp.cos(columns)) - jnp.outer(jnp.sin(rows), jnp.sin(columns))


def _light(shape, page):
    y, x = (jnp.linspace(-0.5, 0.5, side) for side in shape)
    y = y[:, None]
    return 1 + page.slope[0] * y + page.slope[1] * x - page.fall * 2 * (y * y + x * x)


def draw_page(u: jax.Array, section: ConfigDict) -> tuple[Page]:
    """Makes what `print_and_scan` takes of uniform numbers [UNIFORMS]."""
    halftone, period, angle, roundness, hardness, ink, paper, fall, softness = u[:9]
    page = Page(
        halftone=draws.chance(halftone, section.halftone),
        period=draws.real(period, section.period),
        angle=jnp.pi * angle,
        roundness=roundness,
        hardness=draws.real(hardness, section.hardness),
        ink=draws.real(ink, section.ink),
        paper=draws.real(paper, section.paper),
        slope=draws.real(u[9:], section.slope),
        fall=draws.real(fall, section.fall),
        softness=draws.real(softness, section.softness),
    )
    return (page,)
