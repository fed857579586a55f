"""Errors that the user can mend."""


class UserError(Exception):
    """Something outside the program is wrong; the message is one line with its name and remedy."""
