r"""CSV tables with cells from outside: no cell is a formula, no name is lost.

A spreadsheet takes a cell that begins with =, +, -, @, a tab or a line break for a formula, and may
send off or destroy something when the table is opened. Such a cell is written with an apostrophe in
front, which spreadsheets show as text, unless it is a number. A cell that has apostrophes before
such a character already gets one more; so `reader` knows how many are the name's own.

Names that are not UTF-8 are kept byte for byte (PEP 383): open files with `ENCODING` and `ERRORS`.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ENCODING, ERRORS = "utf-8", "surrogateescape"
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_UNCLOSED = "unexpected end of data"  # as `csv` says it


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        line: number of its last line.
        cells: what it holds; nothing where it is malformed.
        fault: what is wrong with it, if anything is.
    """

    line: int
    cells: list[str]
    fault: str | None = None


def write(file, rows: Iterable[Iterable]) -> None:
    """Writes rows to a text file that is open without newline translation."""
    writer = csv.writer(_Lines(file), lineterminator="\r\n")
    writer.writerows([defuse(str(cell)) for cell in row] for row in rows)


class _Lines:
    """Ends lines as Unix does; the writer, who ends them in another way, so quotes \\r in cells."""

    def __init__(self, file):
        self._file = file

    def write(self, line: str) -> None:
        self._file.write(line.removesuffix("\r\n") + "\n")


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """Yields the rows of a table, those that are malformed included; not its blank lines.

    Raises:
        csv.Error: a quotation mark is never closed.
    """
    reader = csv.reader(lines, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if str(error) == _UNCLOSED:
                raise
            yield Row(reader.line_num, [], str(error))
            continue
        if cells is None:
            return
        if cells:
            yield Row(reader.line_num, [restore(cell) for cell in cells])


def defuse(cell: str) -> str:
    """The cell, with an apostrophe in front if a spreadsheet would compute it."""
    return f"'{cell}" if _FORMULA.match(cell) and not _is_number(cell) else cell


def restore(cell: str) -> str:
    """What `defuse` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
