"""Micrographs drawn by JAX from a seed: the data set that is always at hand.

Every class is one pure function (key) -> float32 [256, 256] in [0, 1], grouped by what it draws.
The pictures stand in for a published data set where none can be fetched; they are meant to look
like what they name and to differ from each other, not to be measured.
"""

import concurrent.futures
import dataclasses
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


# At LLVM's first level of optimisation these programs are compiled, and draw, in less time than at
# its third, which is the default.
@functools.partial(
    jax.jit, static_argnums=0, compiler_options={"xla_backend_optimization_level": 1}
)
def draw(painter: Callable, key: jax.Array) -> jax.Array:
    return jnp.round(255 * painter(key)).astype(jnp.uint8)


class Drawings:
    """Images that are drawn when an index asks for them, each once; `np.asarray` draws them all.

    So whoever reads a split waits for no other.

    Image i depends on the seed and i alone: its class is i modulo the number of classes, its key
    fold_in(fold_in(key(seed), class), i // number of classes). One program per class draws one
    image a call, always on the CPU, so an image is the same bytes in whatever set, process or order
    it is drawn, with or without an accelerator. Another version of JAX, another kind of CPU or a
    single core instead of several may round differently, which moves single pixels by a grey level;
    freeze the set where other machines must read the same bytes.

    Args:
        size: number of images.
        seed: of all random draws.
        progress: shows a progress bar on stderr while they are drawn.
    """

    def __init__(self, size: int, seed: int, progress: bool = True):
        self._seed, self._progress = seed, progress
        self._images = np.empty((size, SIDE, SIDE), np.uint8)
        self._done = np.zeros(size, bool)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, indices) -> np.ndarray:
        """uint8 [..., 256, 256], for whatever indexes the first axis of an array."""
        asked = np.zeros(len(self), bool)
        asked[indices] = True
        if (missing := asked & ~self._done).any():
            self._draw(np.flatnonzero(missing))
            self._done |= missing
        return self._images[indices]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self[:], dtype, copy=copy)

    def _draw(self, numbers):
        painters = list(PAINTERS.values())
        kinds = numbers % len(painters)

        def paint(kind):
            mine = numbers[kinds == kind]
            # The default device is a setting of the thread.
            with jax.default_device(jax.local_devices(backend="cpu")[0]):
                key = jax.random.fold_in(jax.random.key(self._seed, impl="threefry2x32"), kind)
                for number in mine:
                    own = jax.random.fold_in(key, number // len(painters))
                    self._images[number] = draw(painters[kind], own)
            return len(mine)

        bar = tqdm.tqdm(
            total=len(numbers),
            desc="drawing micrographs",
            unit="image",
            disable=not self._progress,
        )
        # Threads overlap compiling and drawing of different classes; XLA releases Python's lock.
        with bar, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for drawn in pool.map(paint, np.unique(kinds)):
                bar.update(drawn)


def on_demand(size: int = 5215, seed: int = 0, progress: bool = True) -> Micrographs:
    """`size` micrographs, of the classes in turn, that are drawn when they are read.

    Args:
        size: number of images; the default is that of the paper's data set.
        seed: of all random draws.
        progress: shows a progress bar on stderr while they are drawn.

    Returns:
        Micrographs, whose images are `Drawings`; each image is its own source.

    Raises:
        UserError: if size is less than 1.
    """
    if size < 1:
        raise UserError(f"data.size is {size}; give the number of images to draw, 1 or more")
    names = list(PAINTERS)
    labels = np.array([f"procedural_{seed}_{i:05d}" for i in range(size)])
    classes = np.array([names[i % len(names)] for i in range(size)])
    return Micrographs(
        images=Drawings(size, seed, progress),
        names=labels,
        classes=classes,
        sources=labels,
        summary={"source": "procedural", "seed": seed, "images": size, "classes": len(names)},
    )


def generate(size: int = 5215, seed: int = 0, progress: bool = True) -> Micrographs:
    """Draws the micrographs of `on_demand` at once, as an array."""
    micrographs = on_demand(size, seed, progress)
    return dataclasses.replace(micrographs, images=np.asarray(micrographs.images))
