"""Micrographs from any folder of images: a person's own data set."""

import collections
import csv
import io
import os
import pathlib
import posixpath
import tempfile

import numpy as np
import tqdm

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.images import kinds
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

MANIFEST = "manifest.csv"
# Standard deviation in grey levels (0 to 255) below which a crop holds next to nothing: empty
# slide, camera noise, JPEG ripple. A dark field with three small nuclei in it has about 6.
MIN_CONTRAST = 3.0


def read(
    folder: str | os.PathLike,
    min_contrast: float = MIN_CONTRAST,
    scratch: str | os.PathLike | None = None,
) -> Micrographs:
    """Cuts all images of a tree into non-overlapping 256x256 crops.

    Crops lie on a grid from the top left corner; what is left at the right and the bottom is not
    used. The class of an image is the first folder below the root (of images in the root itself,
    the root's name), and each image is its own source. A `manifest.csv` in the root may say
    otherwise: its columns `file` (path below the root), `class` and `source` name them for each
    image, further columns are ignored, and images that it doesn't name are left out.

    Hidden files are ignored, linked folders are followed once, and the order is that of the sorted
    paths. Images that can't be used are skipped and counted in the summary with the reason.

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
    root = pathlib.Path(folder)
    files, skipped = image_files(root)
    found = len(files)
    labels = labels_of(root, files)
    skipped["not named in manifest.csv"] = found - len(labels.keys() & set(files))
    skipped["named in manifest.csv but missing"] = len(labels.keys() - set(files))
    files = [file for file in files if file in labels]

    pixels = io.BytesIO() if scratch is None else tempfile.TemporaryFile(dir=scratch)
    names, classes, sources, unreadable = [], [], [], {}
    for file in tqdm.tqdm(files, desc="reading images", unit=" images"):
        try:
            image = read_gray(root / file)
        except UserError as error:
            unreadable[file] = str(error).removeprefix(f"cannot read {root / file}: ")
            continue
        skipped["smaller than 256x256"] += min(image.shape) < SIDE
        for row, column in grid(image.shape, SIDE):
            crop = image[row : row + SIDE, column : column + SIDE]
            if crop.std() < min_contrast:
                skipped["near-blank crops"] += 1
                continue
            _write(pixels, crop, scratch)
            names.append(f"{file}_r{row:05d}_c{column:05d}")
            classes.append(labels[file][0])
            sources.append(labels[file][1])
    skipped["unreadable"] = len(unreadable)
    skipped = {reason: count for reason, count in skipped.items() if count}
    if not names:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
        raise UserError(
            f"{root} gives no usable 256x256 crop ({found} PNG, JPEG or TIFF files; "
            f"{reasons or 'nothing skipped'}): name a folder of larger or better images"
        )
    if scratch is None:
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
            "images": found,
            "images used": len(files) - len(unreadable) - skipped.get("smaller than 256x256", 0),
            "source images of the crops": len(set(sources)),
            "crops": len(names),
            "skipped": skipped,
            "unreadable": unreadable,
            "crops of each class": dict(sorted(collections.Counter(classes).items())),
        },
    )


def _write(pixels, crop, scratch):
    try:
        pixels.write(crop.tobytes())
    except OSError as error:
        raise UserError(f"cannot keep the crops in {scratch}: {error.strerror}") from error


def image_files(root: pathlib.Path) -> tuple[list[str], collections.Counter]:
    """Paths below `root` of the PNG, JPEG and TIFF files by name, sorted, and what else is there.

    Raises:
        UserError: `root` is not a folder, or holds no such file.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not a folder: name one that holds PNG, JPEG or TIFF images")
    files, skipped, seen = [], collections.Counter(), set()
    for parent, folders, names in os.walk(root, followlinks=True, onerror=_refuse):
        # A folder is entered once, however many links (perhaps in a loop) lead there.
        identity = os.path.realpath(parent)
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = pathlib.Path(parent, name).relative_to(root).as_posix()
            if name.startswith(".") or file == MANIFEST:
                continue
            if name.lower().endswith(kinds.SUFFIXES):
                files.append(file)
            else:
                skipped["files of other types"] += 1
    if not files:
        raise UserError(f"{root} holds no PNG, JPEG or TIFF image: name a folder that does")
    return sorted(files), skipped


def grid(shape: tuple[int, int], side: int) -> list[tuple[int, int]]:
    """Top left pixels of the squares of `side` that fit into `shape` without overlap."""
    height, width = shape
    return [
        (row, column)
        for row in range(0, height - side + 1, side)
        for column in range(0, width - side + 1, side)
    ]


def _refuse(error: OSError) -> None:
    raise UserError(f"cannot list {error.filename}: {error.strerror}") from error


def labels_of(root: pathlib.Path, files: list[str]) -> dict[str, tuple[str, str]]:
    """Class and source of each file: from the manifest if there is one, else from the path.

    Args:
        root: folder.
        files: paths below it, from `image_files`.

    Returns:
        (class, source) of each file; a manifest may name fewer files, or others.

    Raises:
        UserError: the manifest is malformed.
    """
    manifest = root / MANIFEST
    if not manifest.exists():
        top = root.resolve().name
        return {file: (file.split("/")[0] if "/" in file else top, file) for file in files}
    labels = {}
    try:
        with open(manifest, newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = {"file", "class", "source"} - set(reader.fieldnames or ())
            if missing:
                raise UserError(f"{manifest} has no column {', '.join(sorted(missing))}")
            for row in reader:
                file, label = row["file"], (row["class"], row["source"])
                if not (file and all(label)):
                    raise UserError(
                        f"{manifest} line {reader.line_num}: file, class or source is empty"
                    )
                file = posixpath.normpath(file)
                if labels.setdefault(file, label) != label:
                    raise UserError(
                        f"{manifest} line {reader.line_num}: {file} is named twice, differently"
                    )
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{manifest} is not a UTF-8 CSV table: {error}") from error
    return labels
