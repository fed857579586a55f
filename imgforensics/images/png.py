"""The chunks of a PNG file: what it declares, and which of them are needed to show it."""

import struct
import zlib
from typing import NamedTuple

from imgforensics.utils.errors import UserError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Texts, profiles, further frames and the like can be large, or damaged beside good pixels.
_NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf"}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by type of colour
_END = b"\0\0\0\0IEND\xae\x42\x60\x82"
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip


class Chunks(NamedTuple):
    """A PNG file taken apart.

    Attributes:
        width, height: pixels.
        bits: of a sample.
        samples: of a pixel.
        interlaced: whether rows come in seven passes.
        animated: whether further frames follow.
        needed: the file without what isn't needed.
        notes: what is wrong, and does not matter.
    """

    width: int
    height: int
    bits: int
    samples: int
    interlaced: bool
    animated: bool
    needed: bytes
    notes: tuple[str, ...]


def take_apart(data: bytes) -> Chunks:
    """Lists the chunks, and leaves those out that the pixels don't need.

    Raises:
        UserError: the header is damaged.
    """
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise UserError("damaged: it has no header")
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if colour not in _SAMPLES or bits not in (1, 2, 4, 8, 16):
        raise UserError(f"damaged: there is no PNG of {bits} bits and colour {colour}")
    kept, notes, kinds, at = [_SIGNATURE], [], set(), len(_SIGNATURE)
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        if name in _NEEDED:
            kept.append(data[at : at + 12 + length])
        kinds.add(name)
        at += 12 + length
    if data[at + 4 : at + 8] != b"IEND":
        notes.append("its end is missing")
    return Chunks(
        width=width,
        height=height,
        bits=bits,
        samples=_SAMPLES[colour],
        interlaced=interlaced == 1,
        animated=b"fcTL" in kinds,
        needed=b"".join((*kept, _END)),
        notes=tuple(notes),
    )


def check_whole(found: Chunks) -> None:
    """Refuses a file whose pixels end early, which Pillow would leave black.

    Raises:
        UserError: tells what is missing.
    """
    expected = sum(
        rows * (1 + (columns * found.samples * found.bits + 7) // 8)
        for rows, columns in _passes(found)
        if columns
    )
    decoder, held = zlib.decompressobj(), 0
    for piece in _image_data(found.needed):
        while piece and held < expected:
            held += len(decoder.decompress(piece, 2**20))
            piece = decoder.unconsumed_tail
    if held < expected:
        share = held / expected
        raise UserError(f"truncated: it holds {share:.0%} of its pixels; get a whole copy")


def _passes(found):
    """(rows, columns) of each pass."""
    if not found.interlaced:
        return [(found.height, found.width)]
    return [
        (-(-(found.height - top) // down), -(-(found.width - left) // across))
        for left, top, across, down in _ADAM7
        if found.height > top and found.width > left
    ]


def _image_data(data):
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length
