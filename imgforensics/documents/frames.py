"""The file by which a child process hands over what it has read.

A frame is a line of JSON; that of a figure is followed by its pixels. A child that is ended halfway
leaves whole frames, and perhaps a part of one, which is not read.
"""

import json
import mmap
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np


def write(file: BinaryIO, kind: str, pixels: np.ndarray | None = None, **values) -> None:
    """Writes a frame.

    Args:
        file: open for writing.
        kind: tells frames apart.
        pixels: uint8 [height, width].
        **values: what JSON can hold.
    """
    if pixels is not None:
        values["shape"] = pixels.shape
    file.write(json.dumps({"kind": kind, **values}).encode() + b"\n")
    if pixels is not None:
        file.write(np.ascontiguousarray(pixels).data)
    file.flush()


def read(file: BinaryIO) -> Iterator[dict]:
    """Yields the whole frames of a file, with `pixels` that are read from disk as they are used."""
    size = file.seek(0, 2)
    if not size:
        return
    content = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    at = 0
    while (end := content.find(b"\n", at)) >= 0:
        frame, at = json.loads(content[at:end]), end + 1
        if "shape" in frame:
            height, width = frame.pop("shape")
            if at + height * width > size:
                return
            pixels = np.frombuffer(content, np.uint8, height * width, at)
            frame["pixels"], at = pixels.reshape(height, width), at + height * width
        yield frame
