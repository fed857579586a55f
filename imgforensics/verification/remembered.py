"""Evidence for processes: what was found out about an image is remembered for the next pair.

A process that imports this needs no jax.
"""

import functools
from collections.abc import Sequence

import numpy as np

from imgforensics.verification import evidence
from imgforensics.verification.evidence import Evidence, Prepared

_PREPARED = 256  # images, of up to 3 MB each


def gather(images: Sequence[np.ndarray]) -> Evidence:
    """As `evidence.gather`, of two images as they are, uint8 [side, side]."""
    first, second = (_prepared(image.tobytes(), image.shape) for image in images)
    return evidence.gather(first, second)


@functools.lru_cache(_PREPARED)
def _prepared(pixels: bytes, shape: tuple[int, int]) -> Prepared:
    return evidence.prepare(np.frombuffer(pixels, np.uint8).reshape(shape))
