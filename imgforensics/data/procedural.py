"""Micrographs drawn by JAX from a seed: the data set that is always at hand.

Every class is one pure function (key) -> float32 [256, 256] in [0, 1], grouped by what it draws.
The pictures stand in for a published data set where none can be fetched; they are meant to look
like what they name and to differ from each other, not to be measured.
"""

import concurrent.futures
import functools
import os
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.painters import assays, cells, fibres, materials, tissue
from imgforensics.utils.errors import UserError

PAINTERS = {
    painter.__name__: painter
    for painter in (
        cells.nuclei,
        fibres.worms,
        tissue.adipocytes,
        fibres.microtubules,
        tissue.neuropil,
        fibres.neurons,
        tissue.stained_tissue,
        cells.bacteria,
        assays.western_blot,
        materials.metal_grains,
        cells.blood_smear,
        cells.pollen,
        fibres.muscle,
        tissue.mitochondria,
        assays.colonies,
        cells.embryo,
        cells.yeast,
        fibres.collagen,
        fibres.retina,
        tissue.leaf_epidermis,
        materials.droplets,
        materials.sandstone,
        assays.gel,
        assays.microarray,
        cells.diatoms,
        tissue.epithelium,
        cells.fibroblasts,
        fibres.actin,
        tissue.myelin,
        materials.trabeculae,
        materials.lamellae,
        cells.cocci,
        cells.cytoplasm,
    )
}


@functools.partial(jax.jit, static_argnums=0)
def draw(painter: Callable, key: jax.Array) -> jax.Array:
    return jnp.round(255 * painter(key)).astype(jnp.uint8)


def generate(size: int = 5215, seed: int = 0, progress: bool = True) -> Micrographs:
    """Draws `size` micrographs, of the classes in turn.

    Image i depends on the seed and i alone: its class is i modulo the number of classes, its key
    fold_in(fold_in(key(seed), class), i // number of classes). One program per class draws one
    image a call, always on the CPU, so an image is the same bytes in whatever set, process or order
    it is drawn, with or without an accelerator. Another version of JAX, another kind of CPU or a
    single core instead of several may round differently, which moves single pixels by a grey level;
    freeze the set where other machines must read the same bytes.

    Args:
        size: number of images; the default is that of the paper's data set.
        seed: of all random draws.
        progress: shows a progress bar on stderr.

    Returns:
        Micrographs; each image is its own source.

    Raises:
        UserError: if size is less than 1.
    """
    if size < 1:
        raise UserError(f"data.size is {size}; give the number of images to draw, 1 or more")
    names = list(PAINTERS)
    images = np.empty((size, SIDE, SIDE), np.uint8)

    def paint(kind: int) -> int:
        mine = range(kind, size, len(names))
        # The default device is a setting of the thread.
        with jax.default_device(jax.local_devices(backend="cpu")[0]):
            class_key = jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), kind)
            for index in mine:
                key = jax.random.fold_in(class_key, index // len(names))
                images[index] = draw(PAINTERS[names[kind]], key)
        return len(mine)

    bar = tqdm.tqdm(total=size, desc="drawing micrographs", unit="image", disable=not progress)
    # Threads overlap compiling and drawing of different classes; XLA releases Python's lock.
    with bar, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for drawn in pool.map(paint, range(len(names))):
            bar.update(drawn)
    labels = np.array([f"procedural_{seed}_{i:05d}" for i in range(size)])
    classes = np.array([names[i % len(names)] for i in range(size)])
    return Micrographs(
        images=images,
        names=labels,
        classes=classes,
        sources=labels,
        summary={"source": "procedural", "seed": seed, "images": size, "classes": len(names)},
    )
