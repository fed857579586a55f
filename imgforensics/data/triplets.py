"""Which images make up a step's triplets."""

import jax
import jax.numpy as jnp

from imgforensics.utils.errors import UserError

_SPREADS = (1.0, 128.0)  # images, over which neighbours are mixed in a step


def check_size(num_images: int, batch_size: int, neighbours: int = 1, each: int = 2) -> None:
    """Refuses a training set in which an image could meet itself.

    Args:
        num_images: n.
        batch_size: B.
        neighbours: images in a run.
        each: training images that an example is made of: 2 for a triplet, 1 for a pair.

    Raises:
        UserError: there are too few images, or a batch is not made of whole runs of neighbours.
    """
    needed, kind = each * batch_size, {1: "pairs", 2: "triplets"}[each]
    if neighbours > 1 and (neighbours % 2 or needed % neighbours):
        raise UserError(
            f"config.data.neighbours is {neighbours}; it must be 1, or even and a divisor of the "
            f"{needed} images of a batch"
        )
    if num_images < needed:
        raise UserError(
            f"a batch of {batch_size} {kind} needs at least {needed} training images, "
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
    pairs = _in_runs(key, num_images, 2 * batch_size, neighbours).reshape(batch_size, 2)
    return pairs[:, 0], pairs[:, 1]


def anchors(key: jax.Array, num_images: int, batch_size: int, neighbours: int = 1) -> jax.Array:
    """Draws the anchors of pairs, which have no different images, as `indices` does.

    Args:
        key: of the draws.
        num_images: n >= B.
        batch_size: B.
        neighbours: images in a run, all of them anchors; 1, or even and a divisor of B.

    Returns:
        int32 [B], no index twice.
    """
    if neighbours == 1:
        return jax.random.permutation(key, num_images)[:batch_size]
    return _in_runs(key, num_images, batch_size, neighbours)


def _in_runs(key, num_images, count, neighbours):
    """int32 [count]: runs of images that are near each other."""
    spread_key, shift_key, start_key, run_key = jax.random.split(key, 4)
    low, high = (jnp.log(spread) for spread in _SPREADS)
    spread = jnp.exp(jax.random.uniform(spread_key, minval=low, maxval=high))
    places = jnp.arange(num_images) + spread * jax.random.uniform(shift_key, (num_images,))
    # Runs begin anywhere, so that no two images are always kept apart.
    order = jnp.roll(jnp.argsort(places), jax.random.randint(start_key, (), 0, num_images))
    runs = order[: num_images // neighbours * neighbours].reshape(-1, neighbours)
    return runs[jax.random.permutation(run_key, len(runs))[: count // neighbours]].ravel()
