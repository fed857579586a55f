"""What an explorer shows: images, what they are, and their embeddings."""

import os
from collections import Counter
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.data import tree
from imgforensics.data.micrographs import SIDE, Micrographs
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
        pixels=np.asarray(micrographs.images[chosen])[:, inner, inner],
        names=micrographs.names[chosen],
        classes=micrographs.classes[chosen],
        sources=micrographs.sources[chosen],
        summary=micrographs.summary | {"shown": len(chosen)},
    ))  # fmt: skip


def whole(folder: str | os.PathLike, side: int, most: int) -> Images:
    """All images of a folder, each cut to its largest central square and resized.

    Args:
        folder: root of a tree of image files; sub-folders are classes, or a manifest says
            otherwise (see `data.tree`). Images that can't be read or show nothing are left out and
            counted.
        side: pixels of a square.
        most: of more files a random sample is taken, the same every time.

    Raises:
        UserError: no folder, or fewer than two readable images in it.
    """
    found = tree.find(folder)
    some = [found.files[number] for number in _some(len(found.files), most)]
    kept = [image for image, _ in found.squares(side, some, "reading")]
    top, labels = found.root.resolve().name, [found.labels[image.file] for image in kept]
    classes = [label.name or top for label in labels]
    return _checked(Images(
        pixels=np.array([image.pixels for image in kept], np.uint8).reshape(-1, side, side),
        names=np.array([image.name for image in kept], str), classes=np.array(classes, str),
        sources=np.array([label.source for label in labels], str),
        summary={
            "folder": str(found.root),
            "images": len(found.files),
            "shown": len(kept),
            **found.left_out(),
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
        unreadable, blank = (len(images.summary.get(why, ())) for why in ("unreadable", "blank"))
        raise UserError(
            f"{len(images.pixels)} image(s) to show ({unreadable} unreadable, {blank} blank) have "
            "no neighbours: give two or more"
        )
    return images
