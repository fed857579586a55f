"""Comparison with the outputs of the authors' own code, stored as golden files."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Check:
    """One quantity, how far it is from the reference, and how far it may be.

    Attributes:
        quantity: what is compared.
        error: its distance from the reference, >= 0, in the tolerance's unit.
        tolerance: the largest error that passes.
        note: how the error is measured, and what explains it.
        rounding: how far the quantity moves when the inputs of our own code move by one unit in
            their last place; what is larger than the tolerance is not determined by the algorithm.
    """

    quantity: str
    error: float
    tolerance: float
    note: str = ""
    rounding: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance; an error that is no number is not."""
        return self.error <= self.tolerance

    @property
    def verdict(self) -> str:
        """'ok', 'MISS', or 'rounding' where both codes are within each other's rounding."""
        if self.ok:
            return "ok"
        return "rounding" if self.tolerance < self.error <= self.rounding else "MISS"
