"""Text from outside, on its way to a terminal or a spreadsheet."""

import io
import os

import pytest

from imgforensics.utils import tables
from imgforensics.utils.printable import printable

CELLS = [
    "", "a", "=1+2", "'=1+2", "''=1+2", "@SUM(A1)", "+a", "-a", "-", "\ttab", "\rback", "\nnew",
    "'", "'a", "''", '"quoted"', "a,b", "two\nlines", "é", "caf\udce9", "＝1", "-1", "+2.5e3",
    "-inf",
]  # fmt: skip


def test_cells_come_back_as_they_were():
    for cell in CELLS:
        assert tables.restore(tables.defuse(cell)) == cell
    file = io.StringIO(newline="")
    tables.write(file, [CELLS, ["x", 1, 2.5]])
    file.seek(0)
    first, second = tables.rows(file)
    assert first.cells == CELLS and second.cells == ["x", "1", "2.5"]


def test_no_cell_is_a_formula_but_numbers_are_numbers():
    for cell in map(tables.defuse, CELLS):
        assert not cell or cell[0] not in "=+-@\t\r\n＝" or float(cell) < 1e9
    assert tables.defuse("-1.5") == "-1.5" and tables.defuse("a=b") == "a=b"


def test_malformed_rows_are_named_and_the_others_read():
    rows = list(tables.rows(["a,b\n", '"x"y,1\n', "\n", '"c\n', 'd",2\n']))
    assert [row.cells for row in rows] == [["a", "b"], [], ["c\nd", "2"]]
    assert [row.line for row in rows] == [1, 2, 5] and "expected after" in rows[1].fault
    with pytest.raises(Exception, match="unexpected end of data"):
        list(tables.rows(["a,b\n", '"never closed\n']))


@pytest.mark.parametrize(
    "text,shown",
    [
        ("plain Ångström 図 α.png", "plain Ångström 図 α.png"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("\x9b1m\x7f", "\\x9b1m\\x7f"),  # the same escapes, of one byte
        ("gnp.\u202eexe", "gnp.\\u202eexe"),  # would be read from right to left
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text, shown):
    assert printable(text) == shown and printable(shown) == shown
    shown.encode()
