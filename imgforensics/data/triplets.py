"""Which images make up a step's triplets."""

import jax

from imgforensics.errors import UserError


def check_size(num_images: int, batch_size: int) -> None:
    """Refuses a training set in which an image could meet itself (it needs n >= 2 B)."""
    if num_images < 2 * batch_size:
        raise UserError(
            f"a batch of {batch_size} triplets needs at least {2 * batch_size} training images, "
            f"but there are {num_images}: lower config.batch_size or add images"
        )


def indices(key: jax.Array, num_images: int, batch_size: int) -> tuple[jax.Array, jax.Array]:
    """Draws anchors and different images without any image twice (authors' `train.py`).

    A random permutation gives its first B images as anchors and its last B, reversed, as the
    different images.

    Returns:
        Two int32 [B] arrays of indices below `num_images`.
    """
    order = jax.random.permutation(key, num_images)
    return order[:batch_size], order[::-1][:batch_size]
