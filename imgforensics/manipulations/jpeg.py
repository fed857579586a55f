"""What JPEG compression does to a gray image: 8x8 DCT coefficients rounded to a table."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from ml_collections import ConfigDict

from imgforensics.manipulations import draws

# The standard's example of a luminance quantisation table (ITU-T T.81, table K.1).
_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)


# The 8-point DCT [frequency, pixel] times sqrt(8), in multiples of 2^-13. libjpeg's accurate method
# puts rounded constants together to these, some of which are one off the rounded cosine; even
# frequencies are symmetric and odd ones antisymmetric in the pixel.
_BITS = 13
_HALF_DCT = np.array(
    [
        [8192, 8192, 8192, 8192],
        [11363, 9633, 6437, 2260],
        [10703, 4433, -4433, -10703],
        [9633, -2259, -11362, -6436],
        [8192, -8192, -8192, 8192],
        [6437, -11362, 2261, 9633],
        [4433, -10704, 10704, -4433],
        [2260, -6436, 9633, -11363],
    ],
    np.int32,
)
_DCT = np.hstack([_HALF_DCT, _HALF_DCT[:, ::-1] * np.array([[1], [-1]] * 4, np.int32)])


def quantisation_table(quality: jax.Array) -> jax.Array:
    """Returns the luminance table int32 [8, 8] that libjpeg uses at a quality from 1 to 100."""
    percent = jnp.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return jnp.clip((_LUMINANCE * percent + 50) // 100, 1, 255)


def jpeg(image: jax.Array, quality: jax.Array) -> jax.Array:
    """Compresses an image and decodes it again, without the lossless entropy coding in between.

    The arithmetic is libjpeg's, in whole numbers, and so are the pixels. This matters, because
    coefficients half-way between two multiples of the table are common.

    Args:
        image: float32 [H, W] in [0, 1]. As in the authors' code it is cut down to 8 bits, not
            rounded. Sides that are no multiple of 8 are filled up with their last row or column.
        quality: int32 scalar, 1 to 100, as in libjpeg.

    Returns:
        float32 [H, W] in [0, 1], multiples of 1/255.
    """
    height, width = image.shape
    padded = jnp.pad(image, ((0, -height % 8), (0, -width % 8)), mode="edge")
    # float32 puts some whole levels just below themselves; the small shift keeps them whole.
    levels = jnp.clip(jnp.floor(padded * 255 + 1e-3), 0, 255).astype(jnp.int32)
    blocks = levels.reshape(padded.shape[0] // 8, 8, padded.shape[1] // 8, 8) - 128
    # Two binary places are kept between the passes over rows and columns.
    across = _divide(jnp.einsum("vj,aibj->aibv", _DCT, blocks), _BITS - 2)
    coefficients = _divide(jnp.einsum("ui,aibv->aubv", _DCT, across), _BITS + 2)
    coefficients = _quantise(coefficients, quantisation_table(quality))
    down = _divide(jnp.einsum("ui,aubv->aibv", _DCT, coefficients), _BITS - 2)
    blocks = _divide(jnp.einsum("vj,aibv->aibj", _DCT, down), _BITS + 5)
    decoded = jnp.clip(blocks.reshape(padded.shape) + 128, 0, 255)
    return decoded[:height, :width].astype(jnp.float32) / 255


def jpeg_elsewhere(image: jax.Array, quality: jax.Array, shift: jax.Array) -> jax.Array:
    """`jpeg` of a larger image, of which this one was cut: blocks begin outside of it.

    Args:
        image: float32 [H, W] in [0, 1], of which the border stands for what was cut off.
        quality: int32 scalar, 1 to 100, as in libjpeg.
        shift: int32 [2], rows and columns from a block's first pixel to the image's, 0 to 7.

    Returns:
        float32 [H, W] in [0, 1], multiples of 1/255.
    """
    rows, columns = (
        jnp.clip(jnp.arange(side + 8) - first, 0, side - 1)
        for side, first in zip(image.shape, shift)
    )
    larger = jpeg(image[rows][:, columns], quality)
    return lax.dynamic_slice(larger, tuple(shift), image.shape)


def _divide(x, bits):
    """Divides by 2^bits and rounds, halves up."""
    return (x + (1 << (bits - 1))) >> bits


def _quantise(coefficients, table):
    """Rounds coefficients, given in eighths, to multiples of the table, halves away from 0."""
    table = table[:, None, :]
    steps = (jnp.abs(coefficients) + 4 * table) // (8 * table)
    return jnp.sign(coefficients) * steps * table


def draw_jpeg(u: jax.Array, config: ConfigDict) -> jax.Array:
    """Makes a quality of a uniform number [1], by `config.jpeg`."""
    (quality,) = u
    return draws.integer(quality, config.jpeg.quality)


def draw_elsewhere(u: jax.Array, section: ConfigDict) -> tuple[jax.Array, jax.Array]:
    """Makes what `jpeg_elsewhere` takes besides an image, of uniform numbers [3]."""
    return draws.integer(u[0], section.quality), draws.integer(u[1:], (0, 8))
