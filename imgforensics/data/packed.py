"""A training set as one small file, to be carried to where it is trained on.

It holds the training and validation images of a source, in lossy WebP, and images that were drawn
beforehand to be added to them; with class, source and split, which are those of the source. The
test split stays behind: who judges does so on the originals.
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

from imgforensics.data import added, splits
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.utils import atomic, npz
from imgforensics.utils.errors import UserError

MIN_QUALITY = 90  # below it, what WebP leaves out is what a network would look at
_FORMAT = "imgforensics packed 2"
_FIXED = ("split", "split_seed", "held_out")  # fields of config.data that a pack is made by
_RESERVE = 2**18  # bytes, for names and all that is not an image


class Packed(NamedTuple):
    """What was written.

    Attributes:
        train, validation: how many images of the source.
        added: how many drawn ones, by the fields of `data.added`.
        size: bytes of the file.
    """

    train: int
    validation: int
    added: dict[str, int]
    size: int


def write(
    path: str | os.PathLike,
    micrographs: Micrographs,
    data: ml_collections.ConfigDict,
    most: int,
    quality: int = MIN_QUALITY,
) -> Packed:
    """Packs the training and validation splits, and as many drawn images as find room.

    Args:
        path: of the new file.
        micrographs: of the source that `data` names.
        data: `config.data` of the run. At most as many images are added as it says: first blots,
            then procedural ones as far as there is room.
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
    images, drawn = list(encoded), {}
    for field in reversed(added.FIELDS):
        if count := data.get(field, 0):
            found = added.draw(field, count, data.seed)
            files = _encoded(found.images, quality, f"packing {added.FIELDS[field]}")
            files = files[: np.searchsorted(np.cumsum([*map(len, files)]), room, "right")]
            room -= sum(map(len, files))
            images += files
            drawn[field] = found.classes[: len(files)].tolist()
    names = np.where(np.isin(chosen, split.train), "train", "validation")
    about = {
        "names": micrographs.names[chosen].tolist(),
        "classes": micrographs.classes[chosen].tolist(),
        "sources": micrographs.sources[chosen].tolist(),
        "split": names.tolist(),
        "absent_classes": list(data.get("held_out", ())),
        "data": _fixed(data),
        "added": drawn,
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
    counts = {field: len(classes) for field, classes in drawn.items()}
    return Packed(len(split.train), len(split.validation), counts, size)


def read(path: str | os.PathLike, data: ml_collections.ConfigDict) -> Micrographs:
    """Reads what `write` wrote.

    Args:
        path: of the file.
        data: `config.data` of the run, which must be what the file was made by.

    Returns:
        Micrographs in the order of their source, split as there, without a test split.

    Raises:
        UserError: the file is missing, damaged or of another kind, or was packed by other splits,
            or with fewer or other drawn images than the run adds.
    """
    entries = npz.read(path)
    if str(entries.get("format")) != _FORMAT:
        raise UserError(f"{path} is no packed training set: write one with `imgforensics pack`")
    about = json.loads(entries["about"].tobytes())
    count = len(about["names"])
    _check(path, about, data)
    images = _decoded(path, entries["images"], entries["sizes"])
    drawn, first = {}, count
    for field, classes in about["added"].items():
        names = np.array([f"{field}_{about['seed']}_{i:05d}" for i in range(len(classes))])
        some = images[first : first + len(classes)]
        drawn[field] = Micrographs(some, names=names, classes=np.array(classes), sources=names)
        first += len(classes)
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
            **{name: len(drawn.get(field, ())) for field, name in added.FIELDS.items()},
            "quality": about["quality"],
            "packed from": about["summary"].get("source", "unknown"),
        },
    )


def _fixed(data):
    """What splits a source, as JSON has it."""
    return json.loads(json.dumps({name: data.get(name, ()) for name in _FIXED}))


def _check(path, about, data):
    ours = _fixed(data)
    for name, packed in about["data"].items():
        if ours[name] != packed:
            raise UserError(
                f"{path} was packed with config.data.{name}={packed}, and the run has "
                f"{ours[name]}: use the same, or pack again"
            )
    for field, name in added.FIELDS.items():
        asked, there = data.get(field, 0), len(about["added"].get(field, ()))
        if asked > there:
            raise UserError(
                f"{path} has {there} {name}, and config.data.{field} is {asked}: set it to {there} "
                "or less, or pack more"
            )
        if asked and data.seed != about["seed"]:
            raise UserError(
                f"the {name} of {path} are of the seed {about['seed']}, and config.data.seed is "
                f"{data.seed}: use the same, or pack again"
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
