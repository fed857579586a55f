"""Drawn blots, several of each layout: pairs that share where bands sit, and nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.painters import blots

_TRAINING = 2**31 + 5  # folded into a seed, so that nothing is judged by what was trained on
_EACH = 4  # of a layout, among those that are trained on


def of_layouts(layouts: int, each: int, seed: int) -> Micrographs:
    """Draws blots, as many of each layout, on the CPU.

    Args:
        layouts: how many there are; a layout is a class.
        each: how many blots of each, which are sources of their own.
        seed: of all draws.

    Returns:
        Micrographs.
    """
    numbers = np.arange(layouts * each)
    images = np.empty((len(numbers), SIDE, SIDE), np.uint8)
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        key = jax.random.key(seed, impl="threefry2x32")
        for number in numbers:
            images[number] = _of_layout(key, number, each)
    return _named(images, numbers // each, seed)


def to_train_on(count: int, seed: int) -> Micrographs:
    """Draws blots, `_EACH` of a layout, on the CPU; those of every other layout as bright on dark.

    Which blots they are depends on the seed and their number alone, and none is one of
    `of_layouts`.

    Args:
        count: how many.
        seed: of all draws.

    Returns:
        Micrographs; a layout is a class.
    """
    numbers = np.arange(count)
    layouts = numbers // _EACH
    images = np.empty((count, SIDE, SIDE), np.uint8)
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        key = jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), _TRAINING)
        for number in tqdm.tqdm(numbers, "drawing blots", unit="image"):
            images[number] = _of_layout(key, number, _EACH)
    images = np.where(layouts[:, None, None] % 2 == 0, images, 255 - images)
    return _named(images, layouts, seed)


def _named(images, layouts, seed):
    names = np.array([f"blot_{seed}_{number:05d}" for number in range(len(images))])
    return Micrographs(
        images=images,
        names=names,
        classes=np.array([f"layout_{layout:04d}" for layout in layouts]),
        sources=names,
        summary={
            "source": "drawn blots",
            "seed": seed,
            "images": len(images),
            "classes": len(set(layouts)),
        },
    )


def _of_layout(key, number, each):
    layout = jax.random.fold_in(key, number // each)
    return _draw(layout, jax.random.fold_in(jax.random.fold_in(layout, 1), number % each))


@jax.jit
def _draw(layout, details):
    return jnp.round(255 * blots.blot(layout, details)).astype(jnp.uint8)
