"""Likelihoods for a table of pairs of image files."""

import csv
import itertools
import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.images.fit import fit_square
from imgforensics.images.read import read_gray
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

_PATHS = ("a", "b")
_SCORES = ("f", "likelihood")
_CHUNK = 4096  # pairs


class Image(NamedTuple):
    """An image of a table of pairs: where it lies, and where it is first named."""

    file: pathlib.Path
    place: str


def images_of(pairs: str | os.PathLike, root: str | os.PathLike) -> dict[str, Image]:
    """Checks a table of pairs, and that all its images are there.

    Args:
        pairs: CSV file in UTF-8 with columns `a` and `b`, paths below `root`, and any others but
            `f` and `likelihood`.
        root: folder.

    Returns:
        Each distinct image by its path, in the order in which they are first named.

    Raises:
        UserError: names the column that is missing, or the row, column and path of the image that
            is missing or lies outside of `root`; also for a table without pairs.
    """
    root, images = pathlib.Path(root), {}
    if not root.is_dir():
        raise UserError(f"--root {root} is not a folder")
    header, rows = _open(pairs)
    for number, row in rows:
        for column in _PATHS:
            path, place = row[header.index(column)], f"{pairs}, line {number}, column {column}"
            key = _normal(path, place)
            if key not in images:
                if not (root / key).is_file():
                    raise UserError(f"{place}: there is no file {root / key}")
                images[key] = Image(root / key, place)
    if not images:
        raise UserError(f"{pairs} holds no pairs: give at least one row below its header")
    return images


def score(
    model: Model, images: dict[str, Image], pairs: str | os.PathLike, out: str | os.PathLike
) -> int:
    """Writes the table with f and likelihood of each pair, in the order of its rows.

    Each image is read and embedded once, by the running moments of the anchor's branch. Memory
    grows with the number of images by the size of an embedding.

    Args:
        model: what embeds.
        images: from `images_of`.
        pairs: the same table.
        out: CSV file; replaced once the new one is complete, and untouched after an error.

    Returns:
        How many pairs were scored.

    Raises:
        UserError: names the first image that can't be read, or says why nothing can be written.
    """
    side, index = model.config.manipulations.output_size, {key: i for i, key in enumerate(images)}
    count = 0
    with atomic.writing(out) as file:
        shown = tqdm.tqdm(images.values(), desc="embedding", unit=" images")
        embeddings = embed(model, (_read(image, side) for image in shown))
        header, rows = _open(pairs)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*header, *_SCORES))
        while chunk := [row for _, row in itertools.islice(rows, _CHUNK)]:
            first, second = (
                embeddings[[index[_normal(row[header.index(column)], pairs)] for row in chunk]]
                for column in _PATHS
            )
            f = metric.distance(model.metric, first, second)
            numbers = zip(np.asarray(f).tolist(), np.asarray(metric.likelihood(f)).tolist())
            for row, pair in zip(chunk, numbers):
                writer.writerow([*row, *map("{:.9g}".format, pair)])
            count += len(chunk)
    return count


def _open(pairs) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and an iterator over the line number and cells of each row."""
    rows = _rows(pairs)
    _, header = next(rows, (0, []))
    for column in _PATHS:
        if header.count(column) != 1:
            raise UserError(
                f"{pairs} has {header.count(column)} columns named {column!r}, and needs one; "
                f"its header is {','.join(header)!r}"
            )
    for column in _SCORES:
        if column in header:
            raise UserError(f"{pairs} has a column {column!r} already: rename it")
    return header, _of_length(rows, len(header), pairs)


def _of_length(rows, length, pairs):
    for number, row in rows:
        if len(row) != length:
            raise UserError(
                f"{pairs}, line {number}: {len(row)} cells, and the header has {length}"
            )
        yield number, row


def _rows(pairs):
    """Yields line numbers and cells; blank lines are left out."""
    try:
        with open(pairs, newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines, strict=True)
            for row in reader:
                if row:
                    yield reader.line_num, row
    except OSError as error:
        raise UserError(f"cannot read {pairs}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {pairs}: it is no CSV file in UTF-8 ({error})") from error


def _normal(path: str, place) -> str:
    """The path without detours, so that an image is known by one name."""
    normal = os.path.normpath(path)
    if not path or "\0" in path:
        raise UserError(f"{place}: {path!r} is no path")
    if os.path.isabs(normal) or normal.split(os.sep)[0] == os.pardir:
        raise UserError(f"{place}: {path} is not below the root; give paths relative to it")
    return normal


def _read(image: Image, side: int) -> np.ndarray:
    try:
        return fit_square(read_gray(image.file), side)
    except UserError as error:
        raise UserError(f"{image.place}: {error}") from error
