"""Hashes that tell inputs apart by what is in them."""

import hashlib
import os

import numpy as np


def of_file(path: str | os.PathLike) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_pixels(image: np.ndarray) -> str:
    """SHA-256 of an image's shape, type and pixels, in hexadecimal."""
    digest = hashlib.sha256(f"{image.shape} {image.dtype.str} ".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
