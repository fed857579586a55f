"""Errors that the user can mend, and the end that the user asks for."""


class UserError(Exception):
    """Something outside the program is wrong; one line names it and the remedy."""


class Interrupted(Exception):
    """A signal asked to stop; what was done is saved, and the same command goes on from there.

    Attributes:
        signal: its number.
    """

    def __init__(self, message: str, number: int):
        super().__init__(message)
        self.signal = number
