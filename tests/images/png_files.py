"""PNG files, chunk by chunk, to be whole or odd."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
          (1, 0, 2, 1))  # fmt: skip


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, bits: int = 8, colour: int = 0, interlaced: int = 0) -> bytes:
    """The first chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def rows(values: np.ndarray) -> bytes:
    """Unfiltered rows of uint8 [height, width]."""
    return b"".join(b"\0" + row.tobytes() for row in values)


def write(values: np.ndarray, interlaced: bool = False, kept: int | None = None) -> bytes:
    """A file.

    Args:
        values: uint8 [height, width].
        interlaced: in seven passes.
        kept: how many bytes of its pixels there are, all by default.
    """
    data = rows(values)
    if interlaced:
        passes = [values[top::down, left::across] for top, left, down, across in _ADAM7]
        data = b"".join(rows(each) for each in passes if each.size)
    return b"".join((
        SIGNATURE, header(*values.shape[::-1], interlaced=int(interlaced)),
        chunk(b"IDAT", zlib.compress(data[:kept])), chunk(b"IEND", b""),
    ))  # fmt: skip
