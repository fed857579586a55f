"""The markers of a JPEG file: what it declares, and whether it is whole, without decoding it."""

import struct
from typing import NamedTuple

import numpy as np

from imgforensics.images import limits
from imgforensics.utils.errors import UserError

END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_ARITHMETIC = range(0xC9, 0xCC)
_LOSSLESS = (0xC3, 0xCB)
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # these are tables
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment
_ARITHMETIC_COST = 4  # times that of Huffman's


class Header(NamedTuple):
    """What the markers of a JPEG image say.

    Attributes:
        width, height: pixels.
        components: of colour.
        bits: of a sample.
        lossless: whether it is of the predictive kind, which few decoders know.
        cost: samples that all its scans decode together.
        refined: whether its scans give all bits of all coefficients.
        end: where the image ends in the data; None where the end is missing.
    """

    width: int
    height: int
    components: int
    bits: int
    lossless: bool
    cost: int
    refined: bool
    end: int | None


def header(data: bytes | memoryview) -> Header:
    """Reads the markers of the first image in a file (others may follow, as in MPO).

    Raises:
        UserError: they make no sense.
    """
    frame, sampled, exact, cost, at = None, {}, {}, 0, 2
    end, markers = None, _markers(data)
    while (place := np.searchsorted(markers, at)) < len(markers):
        at = int(markers[place]) + 2
        code = data[at - 1]
        if code == 0xD9:
            end = at
            break
        if code in _ALONE or code == 0xD8:
            continue
        length = int.from_bytes(data[at : at + 2])
        segment = data[at + 2 : at + length]
        if code in _FRAMES and frame is None:
            frame, sampled = code, _components(segment)
            bits, height, width = struct.unpack_from(">BHH", segment)
        elif code == _START_OF_SCAN and frame is not None and segment:
            count = min(segment[0], (len(segment) - 4) // 2)
            scanned = [segment[1 + 2 * i] for i in range(max(count, 0))]
            cost += int(sum(sampled.get(each, 1.0) for each in scanned) * width * height)
            first, last, step = segment[-3:]
            if step % 16 == 0:  # down to the last bit
                for each in scanned:
                    exact.setdefault(each, set()).update(range(first, last + 1))
        at += max(length, 2)
    if frame is None:
        raise UserError("damaged: it has no frame")
    return Header(
        width=width,
        height=height,
        components=max(len(sampled), 1),
        bits=bits,
        lossless=frame in _LOSSLESS,
        cost=cost * (_ARITHMETIC_COST if frame in _ARITHMETIC else 1),
        refined=all(exact.get(each, set()) >= set(range(64)) for each in sampled),
        end=end,
    )


def check(found: Header) -> None:
    """Refuses what takes too much to decode.

    Raises:
        UserError: tells which bound is passed.
    """
    # Coefficients of 2 bytes are kept of each component, and 4 bytes of each pixel.
    limits.check(found.width, found.height, max(4, 2 * found.components))
    if found.cost > limits.MAX_SCAN_SAMPLES:
        scans = found.cost // (found.width * found.height)
        raise UserError(
            f"its scans go over {found.width}x{found.height} pixels about {scans} times, which "
            "takes too long; save it anew"
        )


def _markers(data) -> np.ndarray:
    """Where markers may be. In a scan, FF 00 is a value of FF, and FF D0 to FF D7 restart it."""
    values = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(values[:-1] == 0xFF)
    codes = values[places + 1]
    return places[(codes != 0) & (codes != 0xFF) & ((codes < 0xD0) | (codes > 0xD7))]


def _components(segment) -> dict[int, float]:
    """Of each component, by its number, the share of pixels that it has samples of."""
    if len(segment) < 6 or len(segment) < 6 + 3 * segment[5]:
        raise UserError("damaged: its frame is cut")
    factors = {segment[6 + 3 * i]: divmod(segment[7 + 3 * i], 16) for i in range(segment[5])}
    most = [max(max((pair[axis] for pair in factors.values()), default=1), 1) for axis in (0, 1)]
    return {
        number: across * down / (most[0] * most[1]) for number, (across, down) in factors.items()
    }
