"""Which images make up a step's triplets."""

import jax
import jax.numpy as jnp

from imgforensics.utils.errors import UserError

_SPREADS = (1.0, 128.0)  # images, over which neighbours are mixed in a step


def check_size(num_images: int, batch_size: int, neighbours: int = 1) -> None:
    """Refuses a training set in which an image could meet itself (it needs n >= 2 B).

    Raises:
        UserError: there are too few images, or a batch is not made of whole runs of neighbours.
    """
    if neighbours > 1 and (neighbours % 2 or 2 * batch_size % neighbours):
        raise UserError(
            f"config.data.neighbours is {neighbours}; it must be 1, or even and a divisor of the "
            f"{2 * batch_size} images of a batch"
        )
    if num_images < 2 * batch_size:
        raise UserError(
            f"a batch of {batch_size} triplets needs at least {2 * batch_size} training images, "
            f"but there are {num_images}: lower config.batch_size or add images"
        )


def indices(
    key: jax.Array, num_images: int, batch_size: int, neighbours: int = 1
) -> tuple[jax.Array, jax.Array]:
    """Draws anchors and different images without any image twice.

    With one neighbour, images are drawn as in the authors' `train.py`: a random permutation gives
    its first B images as anchors and its last B, reversed, as the different images.

    Otherwise a batch is made of runs of images that are near each other in the training set, where
    those of one source and of one class stand together. So most negatives are hard ones: an
    anchor's different image is beside it, and all others of its run are near. How far a run
    reaches differs from step to step, from neighbours proper to most of a class.

    Args:
        key: of the draws.
        num_images: n >= 2 B.
        batch_size: B.
        neighbours: images in a run; 1, or even and a divisor of 2 B.

    Returns:
        Two int32 [B] arrays of indices below `num_images`.
    """
    if neighbours == 1:
        order = jax.random.permutation(key, num_images)
        return order[:batch_size], order[::-1][:batch_size]
    spread_key, shift_key, start_key, run_key = jax.random.split(key, 4)
    low, high = (jnp.log(spread) for spread in _SPREADS)
    spread = jnp.exp(jax.random.uniform(spread_key, minval=low, maxval=high))
    places = jnp.arange(num_images) + spread * jax.random.uniform(shift_key, (num_images,))
    # Runs begin anywhere, so that no two images are always kept apart.
    order = jnp.roll(jnp.argsort(places), jax.random.randint(start_key, (), 0, num_images))
    runs = order[: num_images // neighbours * neighbours].reshape(-1, neighbours)
    chosen = jax.random.permutation(run_key, len(runs))[: 2 * batch_size // neighbours]
    pairs = runs[chosen].reshape(batch_size, 2)
    return pairs[:, 0], pairs[:, 1]
