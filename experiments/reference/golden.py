"""Golden files of either kind, told apart by their keys."""

import os

from experiments.reference import Check, manipulations, network
from imgforensics.utils import npz
from imgforensics.utils.errors import UserError

# A key that only this kind of file holds, and what repeats the file.
_KINDS = {
    "weight_seed": ("network", network.check),
    "similarity/output_crop": ("manipulations", manipulations.check),
}


def check(path: str | os.PathLike) -> tuple[str, list[Check]]:
    """Repeats what a golden file recorded.

    Args:
        path: of the .npz file; tests/golden/README.md tells what such files hold.

    Returns:
        The kind of file, 'network' or 'manipulations', and one record for each quantity.

    Raises:
        UserError: the file can't be read, is of neither kind, or lacks an entry.
    """
    golden = npz.read(path)
    for key, (kind, repeat) in _KINDS.items():
        if key in golden:
            try:
                return kind, repeat(golden)
            except KeyError as error:
                raise UserError(f"{path} is a golden file of {kind} without {error}") from error
    keys = " nor ".join(_KINDS)
    raise UserError(f"{path} is not a golden file of a known kind: it has neither {keys}")
