"""What the reader of one kind of document hands on, one after another."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgforensics.documents.figure import WHOLE, Box


class Found(NamedTuple):
    """A picture in a document; the fields are those of `figure.Figure`."""

    page: int
    pixels: np.ndarray
    stream_sha256: str
    box: Box = WHOLE
    note: str | None = None


class Sheet(NamedTuple):
    """A page as it looks: its number, and a JPEG file of it."""

    page: int
    jpeg: bytes


class Unread(NamedTuple):
    """A part that was passed over, and why."""

    text: str


class Contents(NamedTuple):
    """How many pages a document has, and what is on them."""

    pages: int
    parts: Iterator[Found | Sheet | Unread]


def sha256(content) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
