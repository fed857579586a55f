"""The checks that come before a timing."""

import numpy as np

from imgforensics.utils.errors import UserError


def require(quantity: str, difference: float, tolerance: float) -> dict:
    """Refuses to go on where two implementations differ.

    Args:
        quantity: whose two values were compared, as the message and the record name it.
        difference: between them.
        tolerance: the largest difference that rounding or another interpolation explains.

    Returns:
        What was checked, for the record.

    Raises:
        UserError: the difference is larger than the tolerance, or no number.
    """
    if not difference <= tolerance:
        raise UserError(
            f"not timed, since {quantity} differ by {difference:.2g} (tolerance {tolerance:g}): "
            "install what requirements-benchmark.txt pins, with `make benchmark`"
        )
    return {"quantity": quantity, "difference": float(difference), "tolerance": tolerance}


def relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The norm of the difference over the norm of ours."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(ours))
