"""What JPEG compression does to a gray image: 8x8 DCT coefficients rounded to a table."""

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from imgforensics.manipulations import draws

# The standard's example of a luminance quantisation table (ITU-T T.81, table K.1).
_LUMINANCE = np.array([
    [16, 11, 10, 16, 24, 40, 51, 61],
    [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77],
    [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101],
    [72, 92, 95, 98, 112, 100, 103, 99],
])


# The orthonormal 8-point DCT-II as a matrix [frequency, pixel].
_COSINES = np.cos(np.outer(np.arange(8), 2 * np.arange(8) + 1) * np.pi / 16) / 2
_COSINES[0] /= np.sqrt(2)
_COSINES = _COSINES.astype(np.float32)


def quantisation_table(quality: jax.Array) -> jax.Array:
    """Returns the luminance table int32 [8, 8] that libjpeg uses at a quality from 1 to 100."""
    percent = jnp.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return jnp.clip((_LUMINANCE * percent + 50) // 100, 1, 255)


def jpeg(image: jax.Array, quality: jax.Array) -> jax.Array:
    """Compresses an image and decodes it again, without the lossless entropy coding in between.

    Args:
        image: float32 [H, W] in [0, 1]. As in the authors' code it is cut down to 8 bits, not
            rounded. Sides that are no multiple of 8 are filled up with their last row or column.
        quality: int32 scalar, 1 to 100, as in libjpeg.

    Returns:
        float32 [H, W] in [0, 1], multiples of 1/255.
    """
    height, width = image.shape
    padded = jnp.pad(image, ((0, -height % 8), (0, -width % 8)), mode='edge')
    # float32 puts some whole levels just below themselves; the small shift keeps them whole.
    levels = jnp.clip(jnp.floor(padded * 255 + 1e-3), 0, 255)
    blocks = levels.reshape(padded.shape[0] // 8, 8, padded.shape[1] // 8, 8)
    table = quantisation_table(quality)[:, None, :]
    coefficients = jnp.round(_transform(_COSINES, blocks - 128) / table) * table
    decoded = jnp.clip(jnp.round(_transform(_COSINES.T, coefficients) + 128), 0, 255)
    return (decoded.reshape(padded.shape) / 255)[:height, :width]


def _transform(matrix, blocks):
    """Turns every block X = blocks[a, :, b, :] into matrix X matrix^T."""
    return jnp.einsum('ui,aibj,vj->aubv', matrix, blocks, matrix, precision='highest')


def draw_jpeg(key: jax.Array, config: ConfigDict) -> jax.Array:
    """Draws a quality from `config.jpeg`."""
    return draws.integer(key, config.jpeg.quality)


def random_jpeg(key: jax.Array, image: jax.Array, config: ConfigDict) -> jax.Array:
    """Compresses an image [H, W] at a random quality."""
    return jpeg(image, draw_jpeg(key, config))
