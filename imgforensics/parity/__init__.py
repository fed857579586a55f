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
    """

    quantity: str
    error: float
    tolerance: float
    note: str = ''

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance; an error that is no number is not."""
        return self.error <= self.tolerance
