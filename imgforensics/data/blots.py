"""Drawn blots, several of each layout: pairs that share where bands sit, and nothing else."""

import jax
import jax.numpy as jnp
import numpy as np

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.painters import blots


def of_layouts(layouts: int, each: int, seed: int) -> Micrographs:
    """Draws blots, as many of each layout, on the CPU.

    Args:
        layouts: how many there are; a layout is a class.
        each: how many blots of each, which are sources of their own.
        seed: of all draws.

    Returns:
        Micrographs.
    """
    images = np.empty((layouts * each, SIDE, SIDE), np.uint8)
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        key = jax.random.key(seed, impl="threefry2x32")
        for number in range(len(images)):
            layout = jax.random.fold_in(key, number // each)
            details = jax.random.fold_in(jax.random.fold_in(layout, 1), number % each)
            images[number] = _draw(layout, details)
    names = np.array([f"blot_{seed}_{number:05d}" for number in range(len(images))])
    return Micrographs(
        images=images,
        names=names,
        classes=np.array([f"layout_{number // each:04d}" for number in range(len(images))]),
        sources=names,
        summary={"source": "drawn blots", "seed": seed, "images": len(images), "classes": layouts},
    )


@jax.jit
def _draw(layout, details):
    return jnp.round(255 * blots.blot(layout, details)).astype(jnp.uint8)
