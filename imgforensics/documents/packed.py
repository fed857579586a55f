"""Files packed in a ZIP file, unpacked within limits."""

import io
import struct
import zipfile
import zlib

from imgforensics.documents.limits import Limits
from imgforensics.utils.errors import UserError

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, NotImplementedError)
_ENCRYPTED = 1  # bit of a member's flags


class Budget:
    """How many bytes may still be unpacked, of archives within archives together."""

    def __init__(self, limits: Limits):
        self.left = limits.unpacked


class Packed:
    """A ZIP file.

    Attributes:
        names: of its files, folders left out, in the archive's order; a name that comes twice,
            once.

    Raises:
        UserError: it is damaged, or has too many files.
    """

    def __init__(self, content: bytes, budget: Budget, most: int):
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _DAMAGED as error:
            raise UserError("damaged, or cut short; get a whole copy") from error
        self._members = {each.filename: each for each in self._zip.infolist() if not each.is_dir()}
        self._budget = budget
        self.names = list(self._members)
        if len(self.names) > most:
            raise UserError(f"it has {len(self.names)} files, more than {most}; split it")

    def start(self, name: str, length: int) -> bytes:
        """The first bytes of a file; b"" where they can't be unpacked."""
        try:
            with self._zip.open(name) as file:
                return file.read(length)
        except (*_DAMAGED, RuntimeError):
            return b""

    def read(self, name: str) -> bytes:
        """The content of a file, whatever size its header claims.

        Raises:
            UserError: it is missing, encrypted, damaged or too large.
        """
        if name not in self._members:
            raise UserError("damaged: it is not in the archive")
        if self._members[name].flag_bits & _ENCRYPTED:
            raise UserError("encrypted: pack it without a password")
        try:
            with self._zip.open(name) as file:
                content = file.read(self._budget.left + 1)
        except _DAMAGED as error:
            raise UserError("damaged: it can't be unpacked") from error
        if len(content) > self._budget.left:
            raise UserError("the archive unpacks to too many bytes; split it")
        self._budget.left -= len(content)
        return content
