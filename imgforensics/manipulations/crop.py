"""The centred crop, and the gray levels that all manipulations work on."""

from typing import TypeVar

import dm_pix as pix
import jax
import jax.numpy as jnp
import numpy as np

from imgforensics.utils.errors import UserError

Array = TypeVar("Array", jax.Array, np.ndarray)


def to_float(image: Array) -> Array:
    """Returns the image as float32; uint8 levels become [0, 1], floats stay as they are."""
    if image.dtype == jnp.uint8:
        return image.astype(jnp.float32) / 255
    return image.astype(jnp.float32)


def central_crop(image: jax.Array, size: int) -> jax.Array:
    """Cuts the central square out of an image (paper section 3.3, `crop`).

    Args:
        image: [H, W], uint8 or float in [0, 1], at least `size` on each side.
        size: pixels on each side of the crop.

    Returns:
        float32 [size, size].
    """
    if min(image.shape) < size:
        raise UserError(
            f"image of {image.shape} pixels is smaller than the crop of {size}; "
            "use larger images or a smaller output_size"
        )
    return to_float(pix.center_crop(image[..., None], size, size)[..., 0])


def subtract_minimum(image: jax.Array) -> jax.Array:
    """Shifts gray levels so that the darkest pixel is 0, as the authors do after the crop."""
    return image - jnp.min(image)
