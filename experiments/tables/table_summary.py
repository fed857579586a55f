"""Table 1 in four rows for a newcomer: what is shipped, what is quick, the paper."""

from imgforensics.reports import naming, table1

_HEADER = ("network", "triplets seen", "validation", "synthetic test", "real test")


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """A header, the row of the package's weights, those of `make table1`, and the paper's two.

    Args:
        records: as from `results.read`, with the protocols of Table 1; there is one of the
            package's weights, and one of a run on procedural images.

    Returns:
        Rows of equally many cells.
    """
    [shipped] = filter(naming.is_shipped, records)
    [quick] = (each for each in records if each["config"]["data"]["source"] == "procedural")
    first = table1.rows_of(quick)[0][0]
    named = [
        *(("the package's weights", row) for row in table1.rows_of(shipped)),
        *((row[0].replace(first, "`make table1`"), row) for row in table1.rows_of(quick)),
        *(("the paper's", row) for row in table1.PAPER),
    ]
    return [_HEADER, *((title, *row[2:]) for title, row in named)]
