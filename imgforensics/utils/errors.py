"""Errors that the user can mend."""


class UserError(Exception):
    """Something outside the program is wrong; one line names it and the remedy."""
