"""Clutter that figures carry: the outline of a rectangle, or a line of text (paper section 3.3)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import draws, glyphs

KINDS = ("nothing", "rectangle", "text")


class Rectangle(NamedTuple):
    """The outline of a rectangle."""

    corner: jax.Array  # int32 [2], top left (x, y)
    sides: jax.Array  # int32 [2], (width, height)
    line_width: jax.Array  # int32
    gray: jax.Array  # float32 in [0, 1]


class Text(NamedTuple):
    """A line of letters."""

    face: jax.Array  # int32, index into glyphs.FACES
    letters: jax.Array  # int32 [longest], indices into glyphs.LETTERS
    length: jax.Array  # int32, how many of the letters are written
    corner: jax.Array  # int32 [2], (x, y) where the pen starts and the ascenders end
    gray: jax.Array  # float32 in [0, 1]


class Clutter(NamedTuple):
    """One of the `KINDS` of clutter, with the parameters of them all."""

    kind: jax.Array  # int32, index into KINDS
    rectangle: Rectangle
    text: Text


def draw_outline(image: jax.Array, rectangle: Rectangle) -> jax.Array:
    """Draws the outline of a rectangle, cut at the border.

    Args:
        image: float32 [H, W].
        rectangle: lines lie on and to the lower right of the sides.

    Returns:
        float32 [H, W].
    """
    left, top = rectangle.corner
    width, height = rectangle.sides
    row, column = jnp.mgrid[: image.shape[0], : image.shape[1]]
    x, y, line = column - left, row - top, rectangle.line_width
    # Lines end on the sides and not beyond them. With wide lines this leaves the outermost pixels
    # of the lower right corner open, as the authors' four separate lines do.
    along_x, along_y = (x >= 0) & (x <= width), (y >= 0) & (y <= height)
    on_x = ((x >= 0) & (x < line)) | ((x >= width) & (x < width + line))
    on_y = ((y >= 0) & (y < line)) | ((y >= height) & (y < height + line))
    return jnp.where((along_x & on_y) | (along_y & on_x), rectangle.gray, image)


def write(image: jax.Array, text: Text, size: int) -> jax.Array:
    """Writes a line of text without anti-aliasing, cut at the border.

    Args:
        image: float32 [H, W].
        text: what to write and where.
        size: font size in pixels.

    Returns:
        float32 [H, W].
    """
    atlas = glyphs.atlas(size)
    advance = jnp.asarray(atlas.advance)[text.face, text.letters]
    pen = text.corner[0] + jnp.cumsum(advance) - advance
    # [letter, image column]: which column of the letter's mask falls there, and what it holds.
    width = atlas.columns.shape[-1]
    column = jnp.arange(image.shape[1]) - pen[:, None] + atlas.margin
    written = jnp.arange(len(text.letters)) < text.length
    ink = (column >= 0) & (column < width) & written[:, None]
    bits = jnp.asarray(atlas.columns)[
        text.face, text.letters[:, None], jnp.clip(column, 0, width - 1)
    ]
    strip = jnp.bitwise_or.reduce(jnp.where(ink, bits, 0), axis=0)
    row = (jnp.arange(image.shape[0]) - text.corner[1])[:, None]
    in_strip = (row >= 0) & (row < glyphs.ROWS)
    bit = (strip >> jnp.clip(row, 0, glyphs.ROWS - 1).astype(jnp.uint32)) & 1
    return jnp.where(in_strip & (bit == 1), text.gray, image)


def clutter(image: jax.Array, drawn: Clutter, config: ConfigDict) -> jax.Array:
    """Adds the clutter; kinds of probability 0 in `config.clutter` are not compiled.

    Args:
        image: float32 [H, W] in [0, 1].
        drawn: what to add.
        config: the ranges; the font size is taken from it.

    Returns:
        float32 [H, W] in [0, 1].
    """
    cluttered = image
    if config.clutter.rectangle > 0:
        cluttered = jnp.where(
            drawn.kind == KINDS.index("rectangle"), draw_outline(image, drawn.rectangle), cluttered
        )
    if config.clutter.text > 0:
        cluttered = jnp.where(
            drawn.kind == KINDS.index("text"), write(image, drawn.text, config.text.size), cluttered
        )
    return cluttered


def draw_rectangle(u: jax.Array, config: ConfigDict) -> Rectangle:
    """Makes an outline of uniform numbers [6], by `config.rectangle`."""
    ranges, side = config.rectangle, config.output_size
    return Rectangle(
        draws.integer(u[:2], draws.pixels(ranges.corner, side)),
        draws.integer(u[2:4], draws.pixels(ranges.side, side)),
        draws.integer(u[4], ranges.line_width),
        draws.real(u[5], ranges.gray),
    )


def draw_text(u: jax.Array, config: ConfigDict) -> Text:
    """Makes a line of uniform numbers [5 + longest], by `config.text`."""
    ranges, side = config.text, config.output_size
    return Text(
        draws.integer(u[0], (0, len(glyphs.FACES))),
        draws.integer(u[5:], (0, len(glyphs.LETTERS))),
        draws.integer(u[1], ranges.letters),
        jnp.stack(
            [
                draws.integer(u[2], draws.pixels(ranges.x, side)),
                draws.integer(u[3], draws.pixels(ranges.y, side)),
            ]
        ),
        draws.real(u[4], ranges.gray),
    )


def draw_clutter(key: jax.Array, config: ConfigDict) -> Clutter:
    """Draws a kind by the probabilities of `config.clutter`, and parameters for every kind."""
    longest = config.text.letters[1] - 1
    u = draws.uniforms(key, kind=1, rectangle=6, text=5 + longest)
    some = config.clutter.rectangle, config.clutter.text
    return Clutter(
        draws.choice(u["kind"][0], [max(0, 1 - sum(some)), *some]),
        draw_rectangle(u["rectangle"], config),
        draw_text(u["text"], config),
    )


def random_clutter(key: jax.Array, image: jax.Array, config: ConfigDict) -> jax.Array:
    """Adds random clutter to an image [output_size, output_size], or nothing."""
    return clutter(image, draw_clutter(key, config), config)
