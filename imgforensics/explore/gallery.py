"""What an explorer shows: images, what they are, and their embeddings."""

import os
import pathlib
from collections import Counter
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.data.folder import image_files, labels_of
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.images.fit import fit_square
from imgforensics.images.read import read_gray
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError


class Images(NamedTuple):
    """Images of the size that a network takes.

    Attributes:
        pixels: uint8 [N, side, side].
        names, classes, sources: str [N].
        summary: what was read and skipped, and why, as plain values.
    """

    pixels: np.ndarray
    names: np.ndarray
    classes: np.ndarray
    sources: np.ndarray
    summary: dict


class Gallery(NamedTuple):
    """Images with their embeddings.

    Attributes:
        images: N of them.
        embeddings: float32 [N, D], by the moments of the anchor's branch.
        forensic: the metric that compares them.
    """

    images: Images
    embeddings: np.ndarray
    forensic: Metric


def crops(micrographs: Micrographs, side: int, most: int) -> Images:
    """The central squares of micrographs, which are the anchors of training.

    Args:
        micrographs: what to show.
        side: pixels of a square, at most 256.
        most: of more images a random sample is taken, the same every time.

    Raises:
        UserError: there are fewer than two.
    """
    chosen = _some(len(micrographs), most)
    first = SIDE // 2 - side // 2
    inner = slice(first, first + side)
    return _checked(Images(
        np.asarray(micrographs.images[chosen])[:, inner, inner],
        *(labels[chosen] for labels in (micrographs.names, micrographs.classes)),
        micrographs.sources[chosen],
        micrographs.summary | {"shown": len(chosen)},
    ))  # fmt: skip


def whole(folder: str | os.PathLike, side: int, most: int) -> Images:
    """All images of a folder, each cut to its largest central square and resized.

    Args:
        folder: root of a tree of PNG, JPEG or TIFF; sub-folders are classes, or a manifest says
            otherwise (see `data.folder`). Images that can't be read are left out and counted.
        side: pixels of a square.
        most: of more files a random sample is taken, the same every time.

    Raises:
        UserError: no folder, or fewer than two readable images in it.
    """
    root = pathlib.Path(folder)
    files, skipped = image_files(root)
    known = labels_of(root, files)
    skipped["not named in the manifest"] = len(files) - len(known.keys() & set(files))
    files = [file for file in files if file in known]
    pixels, kept, unreadable = [], [], {}
    for number in tqdm.tqdm(_some(len(files), most), desc="reading", unit=" images"):
        file = files[number]
        try:
            pixels.append(fit_square(read_gray(root / file), side))
            kept.append(file)
        except UserError as error:
            unreadable[file] = str(error).removeprefix(f"cannot read {root / file}: ")
    classes, sources = zip(*(known[file] for file in kept)) if kept else ((), ())
    return _checked(Images(
        np.array(pixels, np.uint8).reshape(-1, side, side),
        np.array(kept, str), np.array(classes, str), np.array(sources, str),
        {
            "folder": str(root),
            "images": len(files),
            "shown": len(kept),
            "skipped": {reason: count for reason, count in skipped.items() if count},
            "unreadable": unreadable,
            "of each class": dict(sorted(Counter(classes).items())),
        },
    ))  # fmt: skip


def embedded(model: Model, images: Images) -> Gallery:
    """Embeds images.

    Raises:
        UserError: they have another size than the network was trained for.
    """
    shown = tqdm.tqdm(images.pixels, desc="embedding", unit=" images")
    return Gallery(images, embed(model, shown), model.metric)


def _some(count, most):
    """Numbers of at most so many images, ascending."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.RandomState(0).permutation(count)[:most])


def _checked(images):
    if len(images.pixels) < 2:
        unreadable = len(images.summary.get("unreadable", ()))
        raise UserError(
            f"{len(images.pixels)} readable image(s) ({unreadable} unreadable) have no neighbours: "
            "give two or more"
        )
    return images
