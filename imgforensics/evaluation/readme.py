"""The README's tables, made from saved results."""

import pathlib
import re

from imgforensics.errors import UserError
from imgforensics.evaluation import results, table1

_BLOCK = re.compile(r"(<!-- table1 -->\n).*?(\n<!-- end of table1 -->)", re.DOTALL)


def table(folder: pathlib.Path) -> str:
    """Table 1 in Markdown from every JSON record in a folder, in the order of their names."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder} holds no results: copy there what experiments.evaluate writes")
    return table1.markdown(table1.rows([results.read(path, table1.PROTOCOLS) for path in paths]))


def fill(text: str, folder: pathlib.Path) -> str:
    """A README's text with its table made anew; the rest is left as it is."""
    if not _BLOCK.search(text):
        raise UserError("the README has no place for the table: <!-- table1 --> is missing")
    return _BLOCK.sub(lambda found: found[1] + table(folder) + found[2], text)
