"""Addresses of libraries that a server keeps: told from folders, and free of passwords."""

import os
import urllib.parse

from imgforensics.utils import local
from imgforensics.utils.errors import UserError

_SCHEMES = ("postgresql", "postgres")
_SECRETS = {"password", "sslpassword"}


def is_address(name: str | os.PathLike) -> bool:
    """Whether a server keeps the library of this name, and not a folder."""
    scheme, mark, _ = os.fspath(name).partition("://")
    return bool(mark) and scheme in _SCHEMES


def check(name: str | os.PathLike) -> None:
    """Refuses addresses that no engine takes, and such as hold a password.

    Args:
        name: of a library: a folder, or postgresql://HOST/DATABASE.

    Raises:
        UserError: it is refused; without the name, where that holds a password.
    """
    text = os.fspath(name)
    if not is_address(text):
        local.check(text, "the library")
        return
    try:
        address = urllib.parse.urlsplit(text)
        secret = address.password is not None
        secret |= not _SECRETS.isdisjoint(urllib.parse.parse_qs(address.query))
    except ValueError as error:
        raise UserError("the library's address is none: postgresql://HOST/DATABASE") from error
    if secret:
        raise UserError(
            "the library's address holds a password, which others could read: leave it out, and "
            "set PGPASSWORD or write it into ~/.pgpass"
        )
