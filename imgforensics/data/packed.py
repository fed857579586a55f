"""A training set as one small file, to be carried to where it is trained on.

It holds the training and validation images of a source, in lossy WebP, and procedural images that
were drawn beforehand; with class, source and split, which are those of the source. The test split
stays behind: who judges does so on the originals.
"""

import concurrent.futures
import io
import json
import os
import pathlib
from typing import NamedTuple

import ml_collections
import numpy as np
import tqdm
from PIL import Image

from imgforensics.data import procedural, splits
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.utils import atomic, npz
from imgforensics.utils.errors import UserError

MIN_QUALITY = 90  # below it, what WebP leaves out is what a network would look at
_FORMAT = "imgforensics packed 1"
_FIXED = ("split", "split_seed", "held_out")  # fields of config.data that a pack is made by
_RESERVE = 2**18  # bytes, for names and all that is not an image


class Packed(NamedTuple):
    """What was written: numbers of images, and the bytes of the file."""

    train: int
    validation: int
    procedural: int
    size: int


def write(
    path: str | os.PathLike,
    micrographs: Micrographs,
    data: ml_collections.ConfigDict,
    most: int,
    quality: int = MIN_QUALITY,
) -> Packed:
    """Packs the training and validation splits, and as many procedural images as find room.

    Args:
        path: of the new file.
        micrographs: of the source that `data` names.
        data: `config.data` of the run; at most its `added_procedural` images are added.
        most: bytes of the file.
        quality: of WebP, from `MIN_QUALITY` to 100.

    Raises:
        UserError: the file exists or can't be written, a quality that is too low, or micrographs
            that alone are too many for the file.
    """
    path = pathlib.Path(path)
    if path.exists():
        raise UserError(f"{path} exists: nothing is overwritten, name a new file")
    if not MIN_QUALITY <= quality <= 100:
        raise UserError(f"the quality is {quality}; it must be {MIN_QUALITY} to 100")
    split = splits.of(micrographs, data)
    chosen = np.sort(np.concatenate([split.train, split.validation]))
    encoded = _encoded(micrographs.images[chosen], quality, "packing micrographs")
    room = most - _RESERVE - sum(map(len, encoded))
    if room < 0:
        raise UserError(
            f"{len(chosen)} micrographs take {(most - room) / 1e6:.1f} MB, more than "
            f"{most / 1e6:.1f} MB: allow more, pack in a lower quality than {quality}, or hold "
            "classes out by config.data.held_out"
        )
    added = []
    if data.added_procedural:
        drawn = procedural.generate(data.added_procedural, data.seed)
        added = _encoded(drawn.images, quality, "packing procedural images")
        added = added[: np.searchsorted(np.cumsum([len(each) for each in added]), room, "right")]
    images = encoded + added
    names = np.where(np.isin(chosen, split.train), "train", "validation")
    about = {
        "names": micrographs.names[chosen].tolist(),
        "classes": micrographs.classes[chosen].tolist(),
        "sources": micrographs.sources[chosen].tolist(),
        "split": names.tolist(),
        "absent_classes": list(data.get("held_out", ())),
        "data": _fixed(data),
        "seed": data.seed,
        "quality": quality,
        "summary": micrographs.summary,
    }
    with atomic.writing(path, "wb") as file:
        np.savez_compressed(
            file,
            format=np.array(_FORMAT),
            images=np.frombuffer(b"".join(images), np.uint8),
            sizes=np.array([len(each) for each in images], np.int64),
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        )
    size = path.stat().st_size
    return Packed(len(split.train), len(split.validation), len(added), size)


def read(path: str | os.PathLike, data: ml_collections.ConfigDict) -> Micrographs:
    """Reads what `write` wrote.

    Args:
        path: of the file.
        data: `config.data` of the run, which must be what the file was made by.

    Returns:
        Micrographs in the order of their source, split as there, without a test split.

    Raises:
        UserError: the file is missing, damaged or of another kind, or was packed by other splits,
            or with fewer or other procedural images than the run adds.
    """
    entries = npz.read(path)
    if str(entries.get("format")) != _FORMAT:
        raise UserError(f"{path} is no packed training set: write one with `imgforensics pack`")
    about = json.loads(entries["about"].tobytes())
    count = len(about["names"])
    _check(path, about, len(entries["sizes"]) - count, data)
    images = _decoded(path, entries["images"], entries["sizes"])
    names = np.array([f"procedural_{about['seed']}_{i:05d}" for i in range(len(images) - count)])
    kinds = np.array(list(procedural.PAINTERS))[np.arange(len(names)) % len(procedural.PAINTERS)]
    drawn = Micrographs(images=images[count:], names=names, classes=kinds, sources=names)
    return Micrographs(
        images=images[:count],
        names=np.array(about["names"]),
        classes=np.array(about["classes"]),
        sources=np.array(about["sources"]),
        split=np.array(about["split"]),
        absent_classes=tuple(about["absent_classes"]),
        drawn=drawn,
        summary={
            "source": "packed",
            "images": count,
            "procedural images": len(drawn),
            "quality": about["quality"],
            "packed from": about["summary"].get("source", "unknown"),
        },
    )


def _fixed(data):
    """What splits a source, as JSON has it."""
    return json.loads(json.dumps({name: data.get(name, ()) for name in _FIXED}))


def _check(path, about, drawn, data):
    ours = _fixed(data)
    for name, packed in about["data"].items():
        if ours[name] != packed:
            raise UserError(
                f"{path} was packed with config.data.{name}={packed}, and the run has "
                f"{ours[name]}: use the same, or pack again"
            )
    if data.added_procedural > drawn:
        raise UserError(
            f"{path} has {drawn} procedural images, and config.data.added_procedural is "
            f"{data.added_procedural}: set it to {drawn} or less, or pack more"
        )
    if data.added_procedural and data.seed != about["seed"]:
        raise UserError(
            f"the procedural images of {path} are of the seed {about['seed']}, and "
            f"config.data.seed is {data.seed}: use the same, or pack again"
        )


def _encoded(images, quality, title):
    """WebP of each image."""

    def encode(image):
        file = io.BytesIO()
        Image.fromarray(np.asarray(image)).save(file, "WEBP", quality=quality)
        return file.getvalue()

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(tqdm.tqdm(pool.map(encode, images), title, len(images), unit=" images"))


def _decoded(path, content, sizes):
    """uint8 [n, 256, 256]."""
    images = np.empty((len(sizes), SIDE, SIDE), np.uint8)
    ends = np.cumsum(sizes)

    def decode(number):
        part = content[ends[number] - sizes[number] : ends[number]]
        images[number] = np.asarray(Image.open(io.BytesIO(part)).convert("L"))

    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            numbers = pool.map(decode, range(len(sizes)))
            for _ in tqdm.tqdm(numbers, "reading packed images", len(sizes), unit=" images"):
                pass
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is damaged ({error}): pack it again") from error
    return images
