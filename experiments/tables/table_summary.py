"""Table 1 in four rows for a newcomer: what is shipped, what is quick, the paper."""

from imgforensics.reports import naming, table1

_HEADER = ("network", "triplets seen", "validation", "synthetic test", "real test")
_TITLES = ("the package's weights", "`make table1`")


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """A header, the row of the package's weights, that of `make table1`, and the paper's two.

    Args:
        records: as from `results.read`, with the protocols of Table 1.

    Returns:
        Rows of equally many cells; of either kind of record there is one.
    """
    _, *ours = table1.rows(records)
    named = {_title(record): row for record, row in zip(records, ours, strict=False)}
    paper = [("the paper's", *row[2:]) for row in ours[len(records) :]]
    return [_HEADER, *((title, *named[title][2:]) for title in _TITLES), *paper]


def _title(record):
    if naming.architecture(record) != "paper":
        return _TITLES[0]
    return _TITLES[1] if record["config"]["data"]["source"] == "procedural" else None
