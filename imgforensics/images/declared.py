"""Sizes that pictures declare in kinds which are decoded elsewhere, alone or within TIFF."""

import struct
from typing import NamedTuple

from imgforensics.images import jpeg
from imgforensics.utils.errors import UserError

_CODESTREAM = b"\xff\x4f\xff\x51"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


class Size(NamedTuple):
    """What a picture declares: pixels, and samples of each."""

    width: int
    height: int
    components: int


def of(data: bytes) -> Size | None:
    """The size that the data of any kind known here declare; None for others.

    Raises:
        UserError: they are damaged.
    """
    if data.startswith(b"\xff\xd8"):
        found = jpeg.header(data)
        return Size(found.width, found.height, found.components)
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return Size(width, height, 4)
    if data.startswith((_CODESTREAM, b"\0\0\0\x0cjP  ")):
        return jpeg2000(data)
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return jpegxl(data)
    if data.startswith(b"Lerc2 ") and len(data) >= 22:
        after = 10 + 4 * (int.from_bytes(data[6:10], "little") >= 3)  # a checksum
        height, width = struct.unpack_from("<II", data, after)
        return Size(width, height, 1)
    return None


def jpeg2000(data: bytes) -> Size:
    """The size in the header of a codestream.

    Raises:
        UserError: there is none.
    """
    at = data.find(_CODESTREAM)
    if at < 0 or len(data) < at + 42:
        raise UserError("damaged: it has no codestream")
    right, bottom, left, top = struct.unpack_from(">IIII", data, at + 8)
    return Size(right - left, bottom - top, int.from_bytes(data[at + 40 : at + 42]))


def jpeg2000_bits(data: bytes) -> int:
    """The most bits that a component of a codestream has."""
    at = data.find(_CODESTREAM) + 40
    components = int.from_bytes(data[at : at + 2])
    return max(((each & 127) + 1 for each in data[at + 2 : at + 2 + 3 * components : 3]), default=1)


def jpeg2000_missing(data: bytes) -> int:
    """How many bytes the last part of a codestream lacks; its decoder would not tell."""
    at = data.find(_CODESTREAM) + 2
    while data[at : at + 2] not in (b"\xff\x90", b""):  # segments of the main header
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    while data[at : at + 2] == b"\xff\x90":  # parts of tiles
        length = int.from_bytes(data[at + 6 : at + 10])
        if length == 0:  # to the end
            return 0
        at += max(length, 12)
    return max(at - len(data), 0)


def jpegxl(data: bytes) -> Size:
    """The size in the header of a codestream, bare or in a container.

    Raises:
        UserError: there is none.
    """
    at = 0
    if not data.startswith(b"\xff\x0a"):
        box = min((found for name in (b"jxlc", b"jxlp") if (found := data.find(name)) > 0),
                  default=len(data))  # fmt: skip
        at = data.find(b"\xff\x0a", box, box + 16)
    header = data[at + 2 : at + 18]
    if at < 0 or len(header) < 16:
        raise UserError("damaged: it has no codestream")
    take = _bits(int.from_bytes(header, "little"))
    small = take(1)
    height = _jpegxl_side(take, small)
    ratio = take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return Size(height * across // down, height, 4)
    return Size(_jpegxl_side(take, small), height, 4)


def _bits(number):
    """A function that takes so many bits, the lowest first."""

    def take(count):
        nonlocal number
        taken = number & ((1 << count) - 1)
        number >>= count
        return taken

    return take


def _jpegxl_side(take, small) -> int:
    if small:
        return 8 * (take(5) + 1)
    return take((9, 13, 18, 30)[take(2)]) + 1
