"""The images that a run is trained on, in the order from which batches are drawn."""

from typing import TYPE_CHECKING

import ml_collections
import numpy as np

from imgforensics.data import added
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

if TYPE_CHECKING:  # TFDS, which only frozen images need, takes seconds to import
    from imgforensics.data import frozen


def images(
    data: ml_collections.ConfigDict, micrographs: Micrographs, indices: np.ndarray
) -> "np.ndarray | frozen.Stored":
    """Those of the training split and the drawn ones that are added.

    Args:
        data: `config.data`. With `neighbours` above 1, images of one class and, within it, of one
            source stand together; otherwise the order stays.
        micrographs: what was read.
        indices: int [n], the training split.

    Returns:
        uint8 [n + those that are added, 256, 256].

    Raises:
        UserError: images are to be added to those that stay on disk.
    """
    if data.neighbours > 1:
        order = np.lexsort((micrographs.sources[indices], micrographs.classes[indices]))
        indices = indices[order]
    chosen = [micrographs.images[indices]]
    for field in added.FIELDS:
        count = data.get(field, 0)  # older configs lack one
        if not count:
            continue
        if not data.on_device:
            raise UserError(
                f"config.data.{field} needs the images in memory: set config.data.on_device=True"
            )
        # Each is a function of the seed and its number, so that the first ones of many will do.
        drawn = micrographs.drawn.get(field) or added.draw(field, count, data.seed)
        classes = drawn.classes[:count]
        together = np.argsort(classes, kind="stable") if data.neighbours > 1 else np.arange(count)
        chosen.append(drawn.images[together])
    return np.concatenate(chosen) if len(chosen) > 1 else chosen[0]
