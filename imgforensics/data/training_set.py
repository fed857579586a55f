"""The images that a run is trained on, in the order from which batches are drawn."""

from typing import TYPE_CHECKING

import ml_collections
import numpy as np

from imgforensics.data import procedural
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

if TYPE_CHECKING:  # TFDS, which only frozen images need, takes seconds to import
    from imgforensics.data import frozen


def images(
    data: ml_collections.ConfigDict, micrographs: Micrographs, indices: np.ndarray
) -> "np.ndarray | frozen.Stored":
    """Those of the training split and the procedural ones that are added.

    Args:
        data: `config.data`. With `neighbours` above 1, images of one class and, within it, of one
            source stand together; otherwise the order stays.
        micrographs: what was read.
        indices: int [n], the training split.

    Returns:
        uint8 [n + added_procedural, 256, 256].

    Raises:
        UserError: images are to be added to those that stay on disk.
    """
    if data.neighbours > 1:
        order = np.lexsort((micrographs.sources[indices], micrographs.classes[indices]))
        indices = indices[order]
    chosen = micrographs.images[indices]
    if not data.added_procedural:
        return chosen
    if not data.on_device:
        raise UserError(
            "config.data.added_procedural needs the images in memory: set config.data.on_device"
            "=True"
        )
    number = data.added_procedural
    # Each is a function of the seed and its number, so that the first ones of many will do.
    added = micrographs.drawn or procedural.generate(number, data.seed)
    classes = added.classes[:number]
    together = np.argsort(classes, kind="stable") if data.neighbours > 1 else np.arange(number)
    return np.concatenate([chosen, added.images[together]])
