"""Scores for a table of pairs of image files."""

import csv
import fcntl
import hashlib
import itertools
import json
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

import tqdm

from imgforensics.comparison import pair_scores
from imgforensics.comparison.pair_scores import COLUMNS, Scorer
from imgforensics.utils import atomic, digests, tables
from imgforensics.utils.errors import UserError

_PATHS = ("a", "b")
_REASON = "reason"
_CHUNK = 256  # pairs, whose scores are kept at once


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


class Checked(NamedTuple):
    """What a table names.

    Attributes:
        faults: the path below the root of each image, in the order in which they are first named;
            with what is wrong, if the file is missing or lies outside of the root.
        pairs: how many rows there are.
    """

    faults: dict[str, str | None]
    pairs: int


def check(
    pairs: str | os.PathLike, root: str | os.PathLike, scores: Sequence[str] = ("f",)
) -> Checked:
    """Reads a table of pairs once, and looks for its images.

    Args:
        pairs: CSV file in UTF-8 with columns `a` and `b`, paths below `root`, and any others but
            those that are to be written.
        root: folder.
        scores: of `COLUMNS`, that are to be written.

    Raises:
        UserError: a column is missing or in the way, or the table holds no pairs or is no table.
    """
    root = pathlib.Path(root)
    if not root.is_dir():
        raise UserError(f"--root {root} is not a folder")
    found, count = {}, 0
    for pair in _pairs(pairs, _results(scores))[1]:
        count += 1
        for name in pair.images or ():
            if name not in found:
                found[name] = _fault(root, name)
    if not count:
        raise UserError(f"{pairs} holds no pairs: give at least one row below its header")
    return Checked(found, count)


def score(
    scorer: Scorer,
    checked: Checked,
    pairs: str | os.PathLike,
    root: str | os.PathLike,
    out: str | os.PathLike,
) -> Scored:
    """Writes the table with the scores of each pair and the reason, in the order of its rows.

    A pair that can't be scored has no score, and the reason why. Each image is read and embedded
    once, by the running moments of the anchor's branch. What is done is kept beside `out`, so that
    the same call goes on where an earlier one was stopped.

    Args:
        scorer: what scores, see `pair_scores`.
        checked: from `check`.
        pairs: the same table.
        root: the same folder.
        out: CSV file; replaced once the new one is complete, and untouched after an error. Cells
            that a spreadsheet would compute are defused, see `utils.tables`.

    Raises:
        UserError: says why nothing can be written.
    """
    results = _results(scorer.scores)
    with _kept(out, _job(scorer, checked, pairs=pairs, root=root)) as kept:
        done = _resume(kept)
        faults = {name: fault for name, fault in checked.faults.items() if fault}
        rest = itertools.islice(_pairs(pairs, results)[1], done, None)
        shown = tqdm.tqdm(total=checked.pairs, initial=done, desc="scoring", unit=" pairs")
        with shown, pair_scores.at_work(scorer, root) as scoring:
            while chunk := list(itertools.islice(rest, _CHUNK)):
                faults |= scoring.read(
                    [name for pair in chunk for name in pair.images or () if name not in faults]
                )
                reasons = [_reason(pair, faults) for pair in chunk]
                good = [
                    pair.images
                    for pair, reason in zip(chunk, reasons)
                    if pair.images and not reason
                ]
                numbers = iter(scoring.score(good))
                for reason in reasons:
                    cells = [""] * (len(results) - 1) if reason else next(numbers)
                    json.dump([*cells, reason or ""], kept)
                    kept.write("\n")
                    shown.update()
                kept.flush()
        return _write(out, pairs, results, kept)


def _write(out, pairs, results, kept) -> Scored:
    """Puts the rows of the table and what was kept of each together."""
    header, rows = _pairs(pairs, results)
    kept.seek(0)
    count, without, images = 0, 0, set()

    def joined():
        nonlocal count, without
        yield (*header, *results)
        for pair, line in zip(rows, kept, strict=True):
            cells = (pair.row.cells + [""] * len(header))[: len(header)]
            numbers = json.loads(line)
            count, without = count + 1, without + bool(numbers[-1])
            images.update(() if numbers[-1] else pair.images)
            yield (*cells, *numbers)

    with atomic.writing(out) as file:
        tables.write(file, joined())
    os.unlink(kept.name)
    return Scored(count, without, len(images))


def _results(scores: Sequence[str]) -> tuple[str, ...]:
    return (*itertools.chain.from_iterable(COLUMNS[name] for name in scores), _REASON)


def _job(scorer, checked, pairs, root) -> str:
    """What tells one job from another, in hexadecimal: table, images, what scores, and how."""
    found = hashlib.sha256(f"{digests.of_file(pairs)} {scorer.digest}".encode())
    for name, fault in checked.faults.items():
        path = pathlib.Path(root, name)
        about = fault or (path.stat().st_size, path.stat().st_mtime_ns)
        found.update(f"{name!r} {about}".encode(tables.ENCODING, tables.ERRORS))
    return found.hexdigest()


def _kept(out, job) -> IO[str]:
    """The file beside `out` that keeps the scores of a job, of a name of its own."""
    path = pathlib.Path(out).absolute().with_name(f".imgforensics-{job[:24]}.scores")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise UserError(f"another process is at work on {out}: wait for it, or stop it") from error
    except OSError:
        pass  # some network disks have no locks
    return file


def _resume(kept) -> int:
    """How many rows are kept; what a killed process left of another one is cut off."""
    kept.seek(0)
    whole, count = 0, 0
    for line in iter(kept.readline, ""):
        if not line.endswith("\n"):
            break
        whole, count = kept.tell(), count + 1
    kept.truncate(whole)
    return count


def _reason(pair: Pair, faults: dict[str, str]) -> str | None:
    """Why a pair has no score, if it has none."""
    if pair.images is None:
        return f"line {pair.row.line}: {pair.row.fault}"
    found = {name: faults[name] for name in pair.images if name in faults}
    return "; ".join(f"{name}: {fault}" for name, fault in found.items()) or None


def _pairs(path, results) -> tuple[list[str], Iterator[Pair]]:
    """The header, and an iterator over what follows."""
    rows = _rows(path)
    header = next(rows, tables.Row(0, [])).cells
    for column in _PATHS:
        if header.count(column) != 1:
            raise UserError(
                f"{path} has {header.count(column)} columns named {column!r}, and needs one; "
                f"its header is {','.join(header)!r}"
            )
    for column in results:
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
