"""Tables as text: rows of cells in Markdown, or in columns for a terminal."""

import re
from collections.abc import Sequence

_NO_BREAK = "\u00a0"  # a space at which no line ends
_APART = re.compile(r"(?<=\d) (?=\d{3}\b)|(?<=,) (?=[^\[\]]*\])")  # in 1 280 000 and [0.8, 0.9]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, in whose cells neither numbers nor intervals are torn apart.

    Args:
        rows: of equally many cells; the first is the header.
    """
    header, *body = ([_APART.sub(_NO_BREAK, cell) for cell in row] for row in rows)
    lines = [header, ["---"] * len(header), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def plain(rows: Sequence[Sequence[str]]) -> str:
    """A table in columns for a terminal; likewise."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(line.rstrip() for line in (lines[0], rule, *lines[1:]))


def fold(summary: str, text: str) -> str:
    """A text in Markdown that readers see when they click on its summary."""
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
