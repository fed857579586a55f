"""A trained model, whatever holds it: an exported file or the folder of a training run."""

import os
import pathlib

from imgforensics.inference import weights
from imgforensics.inference.weights import Model


def read(path: str | os.PathLike, which: str = "best") -> Model:
    """Reads a model from a workdir or from a weights file.

    Args:
        path: a training run's folder or an exported file.
        which: 'best', 'latest' or 'average' of the checkpoints of a workdir; a file holds only one
            model.

    Raises:
        UserError: there is nothing to read, or it can't be used.
    """
    if pathlib.Path(path).is_dir():
        # Orbax takes seconds to import, and a file doesn't need it.
        from imgforensics.training import checkpoints

        return checkpoints.read_model(path, which)
    return weights.load(path)
