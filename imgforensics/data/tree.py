"""The images in a folder and its sub-folders, one after another, and what is left out, and why.

Whoever reads a folder reads it by this file: training, `pairwise`, `explore` and the real protocol
leave out the same files for the same reasons, and name them in the same words.
"""

import csv
import dataclasses
import os
import pathlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.data import blank
from imgforensics.data.new_folder import check_complete
from imgforensics.images import kinds
from imgforensics.images.read import read_images
from imgforensics.utils import pictures, tables
from imgforensics.utils.errors import UserError

MANIFEST = "manifest.csv"


class Label(NamedTuple):
    """What an image is of, and what it was cut from.

    Attributes:
        name: of its class; None where neither a manifest nor a sub-folder says.
        source: of it; images of one source are never told apart from each other by a split.
    """

    name: str | None
    source: str


class Image(NamedTuple):
    """An image of a file.

    Attributes:
        name: the file's, and which page and channel of it, where it has several.
        file: path below the root.
        pixels: uint8 [height, width].
    """

    name: str
    file: str
    pixels: np.ndarray


@dataclasses.dataclass
class Tree:
    """Images to be read, and what is left out. Paths are relative to the root, with `/`.

    Attributes:
        root: folder.
        found: how many files of the right types there are.
        files: those among them to be read: all, or what the manifest names; sorted.
        labels: of each of these.
        skipped: how many files are left out unread, by reason.
        other_types: how many of these are of other types, by their ending.
        unlistable, unreadable, blank: folders and images that turned out to be so, with the
            reason; the latter two are filled as images are read.
    """

    root: pathlib.Path
    found: int
    files: list[str]
    labels: dict[str, Label]
    skipped: Counter
    other_types: Counter
    unlistable: dict[str, str]
    unreadable: dict[str, str] = dataclasses.field(default_factory=dict)
    blank: dict[str, str] = dataclasses.field(default_factory=dict)

    def images(
        self, files: Sequence[str] | None = None, desc: str = "reading images"
    ) -> Iterator[Image]:
        """Yields each image that shows something: every channel of every page of the files.

        Args:
            files: some of `files`; by default all.
            desc: what the progress bar says.
        """
        for file in tqdm.tqdm(self.files if files is None else files, desc=desc, unit=" images"):
            path = self.root / file
            try:
                for picture in read_images(path):
                    name = f"{file}, {picture.name}" if picture.name else file
                    if blank.is_blank(picture.pixels):
                        self.blank[name] = blank.REASON
                    else:
                        yield Image(name, file, picture.pixels)
            except UserError as error:  # perhaps after some pages
                self.unreadable[file] = str(error).removeprefix(f"cannot read {path}: ")

    def squares(
        self, side: int, files: Sequence[str] | None = None, desc: str = "reading images"
    ) -> Iterator[tuple[Image, tuple[int, ...]]]:
        """Yields the squares that a network takes, uint8 [side, side], and the images' shapes.

        Images whose square shows nothing are left out, too.
        """
        for image in self.images(files, desc):
            try:
                square = blank.square(image.pixels, side)
            except UserError as error:
                self.blank[image.name] = str(error)
            else:
                yield image._replace(pixels=square), image.pixels.shape

    def left_out(self) -> dict:
        """What has been left out so far, as plain values for a summary."""
        skipped = Counter(self.skipped)
        skipped["unreadable"], skipped["blank"] = len(self.unreadable), len(self.blank)
        named = {
            "files of other types": dict(self.other_types.most_common()),
            "unlistable": self.unlistable,
            "blank": self.blank,
        }
        return {
            "skipped": {reason: count for reason, count in skipped.items() if count},
            "unreadable": self.unreadable,
            **{title: table for title, table in named.items() if table},
        }


def find(folder: str | os.PathLike, by_manifest: bool = True) -> Tree:
    """Lists the images in a folder and its sub-folders, without reading them.

    The ending of a name says what is an image. Hidden files and what the commands have drawn are
    not; linked folders are followed once; folders that can't be listed are named.

    The class of an image is the first folder below the root, and each image is its own source. A
    `manifest.csv` in the root may say otherwise: its columns `file` (path below the root), `class`
    and `source` name them for each image, further columns are ignored, and images that it doesn't
    name are left out.

    Args:
        folder: root of the tree.
        by_manifest: whether to go by a manifest, where there is one.

    Raises:
        UserError: it is not a folder, can't be listed, holds no image, was left incomplete, or its
            manifest is malformed.
    """
    root = pathlib.Path(folder)
    if not root.is_dir():
        raise UserError(f"{root} is not a folder: name one that holds images")
    check_complete(root)
    files, skipped, other_types, unlistable = [], Counter(), Counter(), {}
    for file in walk(root, unlistable):
        if not file.lower().endswith(kinds.SUFFIXES):
            other_types[posixpath.splitext(file)[1].lower() or "without an ending"] += 1
        elif pictures.is_drawn(root / file):
            skipped["drawn by imgforensics"] += 1
        else:
            files.append(file)
    if not files:
        counts = ", ".join(f"{count} {ending}" for ending, count in other_types.most_common(5))
        seen = f" (passed over: {counts})" if counts else ""
        raise UserError(f"{root} holds no image{seen}: name a folder that does")
    skipped["files of other types"] = other_types.total()
    by_manifest = by_manifest and (root / MANIFEST).exists()
    labels = _manifest(root / MANIFEST) if by_manifest else _by_folder(files)
    skipped[f"not named in {MANIFEST}"] = len(set(files) - labels.keys())
    skipped[f"named in {MANIFEST} but missing"] = len(labels.keys() - set(files))
    named = sorted(file for file in files if file in labels)
    return Tree(
        root=root,
        found=len(files),
        files=named,
        labels=labels,
        skipped=skipped,
        other_types=other_types,
        unlistable=unlistable,
    )


def walk(root: pathlib.Path, unlistable: dict[str, str]) -> Iterator[str]:
    """Yields the paths, below a folder, of all files in it but hidden ones and the manifest.

    Args:
        root: the folder.
        unlistable: takes folders in it that can't be listed, with the reason.

    Raises:
        UserError: the folder itself can't be listed.
    """

    def note(error: OSError) -> None:
        if pathlib.Path(error.filename) == root:
            raise UserError(f"cannot list {root}: {error.strerror}") from error
        unlistable[_below(root, error.filename)] = error.strerror or str(error)

    seen = set()
    for parent, folders, names in os.walk(root, followlinks=True, onerror=note):
        # A folder is entered once, however many links (perhaps in a loop) lead there.
        identity = os.path.realpath(parent)
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = (_below(root, parent, name) for name in names if not name.startswith("."))
        yield from (file for file in files if file != MANIFEST)


def _below(root, *path) -> str:
    return pathlib.Path(*path).relative_to(root).as_posix()


def _by_folder(files: list[str]) -> dict[str, Label]:
    return {file: Label(file.split("/")[0] if "/" in file else None, file) for file in files}


def _manifest(path: pathlib.Path) -> dict[str, Label]:
    """Class and source of each file by a manifest, which may name fewer files, or others."""
    labels = {}
    try:
        with open(path, newline="", encoding="utf-8-sig", errors=tables.ERRORS) as lines:
            rows = tables.rows(lines)
            header = next(rows, tables.Row(0, [])).cells
            missing = {"file", "class", "source"} - set(header)
            if missing:
                raise UserError(f"{path} has no column {', '.join(sorted(missing))}")
            for row in rows:
                cells = dict(zip(header, row.cells))
                file, name, source = (cells.get(key, "") for key in ("file", "class", "source"))
                if not (file and name and source):
                    fault = row.fault or "file, class or source is empty"
                    raise UserError(f"{path} line {row.line}: {fault}")
                file, label = posixpath.normpath(file), Label(name, source)
                if labels.setdefault(file, label) != label:
                    raise UserError(f"{path} line {row.line}: {file} is named twice, differently")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except csv.Error as error:
        raise UserError(f"{path} is no CSV table: {error}") from error
    return labels
