"""Micrographs from any folder of images: a person's own data set."""

import collections
import io
import os
import tempfile

import numpy as np

from imgforensics.data import tree
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.utils.errors import UserError

# Standard deviation in grey levels (0 to 255) below which a crop holds next to nothing: empty
# slide, camera noise, JPEG ripple. A dark field with three small nuclei in it has about 6.
MIN_CONTRAST = 3.0


def read(
    folder: str | os.PathLike,
    min_contrast: float = MIN_CONTRAST,
    scratch: str | os.PathLike[str] | None = None,
) -> Micrographs:
    """Cuts all images of a tree into non-overlapping 256x256 crops.

    Crops lie on a grid from the top left corner; what is left at the right and the bottom is not
    used. Which files are read, and what class and source they are of, is said in `tree.find`; the
    class of images in the root itself is the root's name. The order is that of the sorted paths.
    Images that can't be used are skipped and counted in the summary with the reason.

    Args:
        folder: root of the tree.
        min_contrast: standard deviation in grey levels below which a crop is near-blank and left
            out.
        scratch: folder whose disk holds the crops in place of the memory; no file is left in it.

    Returns:
        The crops, named `<file>_r<row>_c<column>` by their top left pixel.

    Raises:
        UserError: the folder is missing or holds no usable crop, its manifest is malformed, or
            `scratch` is full.
    """
    found = tree.find(folder)
    top = found.root.resolve().name
    pixels = io.BytesIO() if scratch is None else tempfile.TemporaryFile(dir=scratch)
    names, classes, sources, read, small, empty = [], [], [], set(), 0, 0
    for image in found.images():
        read.add(image.file)
        small += min(image.pixels.shape) < SIDE
        label = found.labels[image.file]
        for row, column in grid(image.pixels.shape, SIDE):
            crop = image.pixels[row : row + SIDE, column : column + SIDE]
            if crop.std() < min_contrast:
                empty += 1
                continue
            _write(pixels, crop, scratch)
            names.append(f"{image.name}_r{row:05d}_c{column:05d}")
            classes.append(label.name or top)
            sources.append(label.source)
    found.skipped.update({"smaller than 256x256": small, "near-blank crops": empty})
    left_out = found.left_out()
    if not names:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in left_out["skipped"].items())
        raise UserError(
            f"{found.root} gives no usable 256x256 crop ({found.found} files; "
            f"{reasons or 'nothing skipped'}): name a folder of larger or better images"
        )
    if isinstance(pixels, io.BytesIO):
        images = np.frombuffer(pixels.getbuffer(), np.uint8)
    else:
        with pixels:  # the mapping keeps what it needs
            pixels.flush()
            images = np.memmap(pixels, np.uint8, "r")
    return Micrographs(
        images=images.reshape(-1, SIDE, SIDE),
        names=np.array(names),
        classes=np.array(classes),
        sources=np.array(sources),
        summary={
            "source": "folder",
            "images": found.found,
            "images used": len(read) - small,
            "source images of the crops": len(set(sources)),
            "crops": len(names),
            **left_out,
            "crops of each class": dict(sorted(collections.Counter(classes).items())),
        },
    )


def _write(pixels, crop, scratch):
    try:
        pixels.write(crop.tobytes())
    except OSError as error:
        raise UserError(f"cannot keep the crops in {scratch}: {error.strerror}") from error


def grid(shape: tuple[int, int], side: int) -> list[tuple[int, int]]:
    """Top left pixels of the squares of `side` that fit into `shape` without overlap."""
    height, width = shape
    return [
        (row, column)
        for row in range(0, height - side + 1, side)
        for column in range(0, width - side + 1, side)
    ]
