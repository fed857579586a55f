"""Prints Table 1 of the paper with rows of one's own.

imgforensics table1 --results=RUN/evaluation.json[,OTHER/evaluation.json]
imgforensics table1 --results=... --markdown
"""

from absl import flags

from imgforensics.evaluation import results
from imgforensics.reports import table1, tables

_RESULTS = flags.DEFINE_list("results", None, "What `imgforensics evaluate` wrote.", required=True)
_MARKDOWN = flags.DEFINE_bool("markdown", False, "Print the table in Markdown and nothing else.")


def main(argv: list[str]) -> None:
    del argv
    records = [results.read(path, table1.PROTOCOLS) for path in _RESULTS.value]
    table = table1.rows(records)
    if _MARKDOWN.value:
        print(tables.markdown(table))
        return
    print(f"Table 1: accuracy with 95 % intervals\n\n{tables.plain(table)}\n")
    for path, record in zip(_RESULTS.value, records):
        print(table1.places(path, record))
