"""Rows as a CSV table for scripts."""

import os
from collections.abc import Iterable, Iterator

from imgforensics.screening.rows import Row
from imgforensics.utils import atomic, tables

HEADER = (
    "rank", "document_a", "page_a", "x0_a", "y0_a", "x1_a", "y1_a", "document_b", "page_b", "x0_b",
    "y0_b", "x1_b", "y1_b", "score", "f", "verified", "inliers", "status", "reason", "verdict",
    "sha_a", "sha_b",
)  # fmt: skip


def write(rows: Iterable[Row], path: str | os.PathLike) -> None:
    """Writes rows, the best first; an existing file is replaced.

    `score` is at most 1 where two regions are judged to be the same: verified, or else f. Boxes are
    fractions of the page, or of the image for image files, with the origin at the upper left.

    Raises:
        UserError: nothing can be written there.
    """
    with atomic.writing(path) as file:
        tables.write(file, lines(rows))


def lines(rows: Iterable[Row]) -> Iterator[tuple]:
    """The header, then the cells of each row."""
    yield HEADER
    for rank, row in enumerate(rows, 1):
        yield (
            rank, row.a.path, row.a.page, *map(_fraction, row.box_a), row.b.path, row.b.page,
            *map(_fraction, row.box_b), _number(row.score), _number(row.f),
            "" if row.verified is None else _number(row.verified), row.inliers, row.status,
            row.reason, row.judged.verdict if row.judged else "", row.sha_a, row.sha_b,
        )  # fmt: skip


def _fraction(value: float) -> str:
    return f"{value:.5f}"


def _number(value: float) -> str:
    return f"{value:.6g}"
