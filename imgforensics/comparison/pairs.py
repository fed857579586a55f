"""Likelihoods for a table of pairs of image files."""

import csv
import itertools
import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.data import blank
from imgforensics.images.read import read_gray
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils import atomic, tables
from imgforensics.utils.errors import UserError

_PATHS = ("a", "b")
_RESULTS = ("f", "likelihood", "reason")
_CHUNK = 4096  # pairs


class Pair(NamedTuple):
    """A row of the table.

    Attributes:
        row: its cells and its line, and what is wrong with it as a row.
        images: the two paths below the root, without detours; None where the row names none.
    """

    row: tables.Row
    images: tuple[str, str] | None


class Scored(NamedTuple):
    """What came of a table.

    Attributes:
        pairs: how many rows there are.
        without: how many of them have no score.
        images: how many images were compared.
    """

    pairs: int
    without: int
    images: int


def check(pairs: str | os.PathLike, root: str | os.PathLike) -> dict[str, str | None]:
    """Reads a table of pairs once, and looks for its images.

    Args:
        pairs: CSV file in UTF-8 with columns `a` and `b`, paths below `root`, and any others but
            `f`, `likelihood` and `reason`.
        root: folder.

    Returns:
        The path below the root of each image that is named, in the order in which they are first
        named; with what is wrong, if the file is missing or lies outside of the root.

    Raises:
        UserError: a column is missing or in the way, or the table holds no pairs or is no table.
    """
    root = pathlib.Path(root)
    if not root.is_dir():
        raise UserError(f"--root {root} is not a folder")
    found, count = {}, 0
    for pair in _pairs(pairs)[1]:
        count += 1
        for name in pair.images or ():
            if name not in found:
                found[name] = _fault(root, name)
    if not count:
        raise UserError(f"{pairs} holds no pairs: give at least one row below its header")
    return found


def score(
    model: Model,
    named: dict[str, str | None],
    pairs: str | os.PathLike,
    root: str | os.PathLike,
    out: str | os.PathLike,
) -> Scored:
    """Writes the table with f, likelihood and reason of each pair, in the order of its rows.

    A pair that can't be scored has neither f nor likelihood, and the reason why. Each image is read
    and embedded once, by the running moments of the anchor's branch. Memory grows with the number
    of images by the size of an embedding.

    Args:
        model: what embeds.
        named: from `check`.
        pairs: the same table.
        root: the same folder.
        out: CSV file; replaced once the new one is complete, and untouched after an error. Cells
            that a spreadsheet would compute are defused, see `utils.tables`.

    Raises:
        UserError: says why nothing can be written.
    """
    faults = {name: fault for name, fault in named.items() if fault}
    index, side = {}, model.config.manipulations.output_size

    def images():
        there = [name for name, fault in named.items() if not fault]
        for name in tqdm.tqdm(there, desc="embedding", unit=" images"):
            path = pathlib.Path(root, name)
            try:
                image = blank.square(read_gray(path), side)
            except UserError as error:
                faults[name] = str(error).removeprefix(f"cannot read {path}: ")
                continue
            index[name] = len(index)
            yield image

    embeddings = embed(model, images())
    header, rows = _pairs(pairs)
    count = without = 0

    def scored():
        nonlocal count, without
        yield (*header, *_RESULTS)
        while chunk := list(itertools.islice(rows, _CHUNK)):
            reasons = [_reason(pair, faults) for pair in chunk]
            good = [pair.images for pair, reason in zip(chunk, reasons) if not reason]
            numbers = iter(_numbers(model, embeddings, [[index[n] for n in two] for two in good]))
            for pair, reason in zip(chunk, reasons):
                cells = (pair.row.cells + [""] * len(header))[: len(header)]
                yield (*cells, *(("", "", reason) if reason else (*next(numbers), "")))
            count, without = count + len(chunk), without + sum(map(bool, reasons))

    with atomic.writing(out) as file:
        tables.write(file, scored())
    return Scored(count, without, len(index))


def _numbers(model, embeddings, places) -> list[tuple[str, str]]:
    """f and likelihood of pairs of embeddings."""
    if not places:
        return []
    first, second = np.array(places).T
    f = metric.distance(model.metric, embeddings[first], embeddings[second])
    columns = (np.asarray(each).tolist() for each in (f, metric.likelihood(f)))
    return list(zip(*(map("{:.9g}".format, column) for column in columns)))


def _reason(pair: Pair, faults: dict[str, str]) -> str | None:
    """Why a pair has no score, if it has none."""
    if pair.images is None:
        return f"line {pair.row.line}: {pair.row.fault}"
    found = {name: faults[name] for name in pair.images if name in faults}
    return "; ".join(f"{name}: {fault}" for name, fault in found.items()) or None


def _pairs(path) -> tuple[list[str], Iterator[Pair]]:
    """The header, and an iterator over what follows."""
    rows = _rows(path)
    header = next(rows, tables.Row(0, [])).cells
    for column in _PATHS:
        if header.count(column) != 1:
            raise UserError(
                f"{path} has {header.count(column)} columns named {column!r}, and needs one; "
                f"its header is {','.join(header)!r}"
            )
    for column in _RESULTS:
        if column in header:
            raise UserError(f"{path} has a column {column!r} already: rename it")
    return header, (_pair(header, row) for row in rows)


def _pair(header, row) -> Pair:
    fault = row.fault
    if fault is None and len(row.cells) != len(header):
        fault = f"{len(row.cells)} cells, and the header has {len(header)}"
    if fault is None:
        paths = [row.cells[header.index(column)] for column in _PATHS]
        wrong = [path for path in paths if not path or "\0" in path]
        if not wrong:
            return Pair(row, tuple(map(os.path.normpath, paths)))
        fault = f"{wrong[0]!r} is no path"
    return Pair(row._replace(fault=fault), None)


def _rows(path) -> Iterator[tables.Row]:
    try:
        with open(path, newline="", encoding="utf-8-sig", errors=tables.ERRORS) as lines:
            yield from tables.rows(lines)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except csv.Error as error:
        raise UserError(f"cannot read {path}: it is no CSV table ({error})") from error


def _fault(root: pathlib.Path, name: str) -> str | None:
    """What is wrong with the path of an image, if anything is."""
    if os.path.isabs(name) or name.split(os.sep)[0] == os.pardir:
        return "not below the root; give paths relative to it"
    try:
        if not (root / name).is_file():
            return "there is no such file"
        if not (root / name).resolve().is_relative_to(root.resolve()):
            return "a link that leads out of the root"
    except OSError as error:
        return error.strerror or str(error)
    return None
