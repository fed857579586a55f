"""Perceptual hashes: the Hamming distance of the nearest of eight views.

pHash takes signs of the lowest frequencies of a cosine transform, and PDQ (Facebook, 2019) a finer
set of them. Neither knows of rotations or mirrors, so that all views of the second image are
hashed.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from experiments.alternatives.systems import System, of_vectors
from experiments.alternatives.views import dihedral


def phash() -> System:
    """pHash of 64 bits, by the package ImageHash."""
    import imagehash

    return _system(
        "perceptual hash", lambda view: imagehash.phash(Image.fromarray(view)).hash.ravel()
    )


def pdq() -> System:
    """PDQ of 256 bits, by the package pdqhash."""
    import pdqhash

    def bits(view):
        code, _ = pdqhash.compute(np.stack([view] * 3, axis=-1))  # takes colour
        return code.astype(bool)

    return _system("PDQ", bits)


def hamming(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many bits an image and the nearest view of another differ in, int [m].

    Args:
        first, second: bool [m, 8, bits], hashes of all views, of which the first image's first one
            is compared.
    """
    return (first[:, :1] != second).sum(axis=-1).min(axis=1)


def _system(title: str, bits: Callable[[np.ndarray], np.ndarray]) -> System:
    return of_vectors(
        title, lambda image: np.stack([bits(view) for view in dihedral(image)]), hamming, views=8
    )
