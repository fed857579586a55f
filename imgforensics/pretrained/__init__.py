"""The weights that come with the package."""

import functools
import importlib.resources

from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.utils.errors import UserError

NAME = "weights.npz"  # beside it lies its calibration, see `comparison.calibration.beside`


def path() -> str:
    """The file of weights in this package.

    Raises:
        UserError: this copy of the package holds none.
    """
    file = importlib.resources.files(__name__) / NAME
    if not file.is_file():
        raise UserError(f"this copy of imgforensics holds no weights ({file}): name a file of some")
    return str(file)


@functools.cache
def load_pretrained() -> Model:
    """The model that the package is shipped with; read once.

    Raises:
        UserError: this copy of the package holds none, or it was damaged.
    """
    return weights.load(path())
