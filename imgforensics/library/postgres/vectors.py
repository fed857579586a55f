"""pgvector's numbers of half precision, on their way to a server."""

import struct

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from imgforensics.utils.errors import UserError

NAME = "halfvec"  # of the type


class Halves(np.ndarray):
    """A vector of half-precision numbers."""

    def __new__(cls, values: np.ndarray) -> "Halves":
        """Takes numbers [D]."""
        return np.asarray(values, ">f2").view(cls)


def adapt(connection: psycopg.Connection) -> None:
    """Teaches a connection to send `Halves`; the number of their type is the server's own.

    Raises:
        UserError: the server does not have it.
    """
    info = TypeInfo.fetch(connection, NAME)
    if info is None:
        raise UserError("the server lacks pgvector: install version 0.8 or later there")
    info.register(connection)
    number = info.oid

    class HalvesDumper(Dumper):
        """As the server receives it: the length, nothing, the numbers."""

        format, oid = Format.BINARY, number

        def dump(self, halves):
            return struct.pack(">HH", len(halves), 0) + halves.tobytes()

    connection.adapters.register_dumper(Halves, HalvesDumper)
