"""Writes a folder of images of which some are copies, and finds their places in a list of rows."""

import csv
import pathlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from PIL import Image

from imgforensics.manipulations import ranges
from imgforensics.screening.rows import IDENTICAL, POSSIBLE, VERIFIED
from imgforensics.testsets import build

IMAGES = 48
_MANIPULATED, _COMPOSITE = 7, 6
COPIES = _MANIPULATED + _COMPOSITE


class Reuse(NamedTuple):
    """An image and its copy, by their files' names, and how the copy was made."""

    original: str
    copy: str
    kind: str


def write(folder: pathlib.Path, images: np.ndarray, seed: int) -> list[Reuse]:
    """Writes images, and copies of some, under names that don't tell which these are.

    Args:
        folder: where to; made if it is missing.
        images: uint8 [`IMAGES` - `COPIES`, 256, 256]; the first ones are copied.
        seed: of all draws.

    Returns:
        What is re-used; copies have 128x128 pixels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _, manipulated = build.manipulated_copies(images[:_MANIPULATED], ranges.v01(), seed)
    _, composite = build.composite_copies(images[_MANIPULATED:COPIES], seed)
    pictures = [*images, *manipulated, *composite]
    numbers = np.random.default_rng(seed).permutation(len(pictures))
    names = [f"{number:02d}.png" for number in numbers]
    for name, pixels in zip(names, pictures):
        Image.fromarray(pixels).save(folder / name)
    kinds = ["§3.3"] * _MANIPULATED + ["composite edits"] * _COMPOSITE
    return [Reuse(*each) for each in zip(names, names[len(images) :], kinds)]


def ranks(rows: Iterable[Mapping[str, str]], reused: Iterable[Reuse]) -> list[int | None]:
    """At which rank each re-use is listed first; None where it is not.

    Args:
        rows: of a screening's table.
        reused: what is re-used.
    """
    found: dict[frozenset[str], int] = {}
    for row in rows:
        found.setdefault(_pair(row), int(row["rank"]))
    return [found.get(frozenset(each[:2])) for each in reused]


def false_rows(rows: Iterable[Mapping[str, str]], reused: Iterable[Reuse]) -> int:
    """How many rows say that different images are the same, or may be."""
    pairs = {frozenset(each[:2]) for each in reused}
    return sum(
        row["status"] in (IDENTICAL, VERIFIED, POSSIBLE) and _pair(row) not in pairs for row in rows
    )


def _pair(row: Mapping[str, str]) -> frozenset[str]:
    return frozenset(pathlib.PurePath(row[f"document_{side}"]).name for side in "ab")


def table(path: pathlib.Path) -> list[dict[str, str]]:
    """The rows that a screening has written."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
