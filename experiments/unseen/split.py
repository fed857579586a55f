"""A folder of micrographs, split as it was for the training of some weights."""

import os

from imgforensics.data import sources, splits
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.splits import Splits
from imgforensics.inference.weights import Model


def read(folder: str | os.PathLike, model: Model) -> tuple[Micrographs, Splits]:
    """Reads a folder, and says which of its images are unseen: `test` and `held_out`.

    Args:
        folder: of the micrographs that the model was trained on, or of others.
        model: whose config says how they are split.

    Raises:
        UserError: it can't be read, or split so.
    """
    data = sources.replaced(model.config.data, "folder", os.fspath(folder))
    micrographs = sources.load(data)
    return micrographs, splits.of(micrographs, data, trained=True)
