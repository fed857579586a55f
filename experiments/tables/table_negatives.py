"""How models fare against each kind of negative pairs, which Table 1 doesn't show."""

from imgforensics.reports import naming, tables

_KINDS = {"random": "random", "same_class": "same class", "same_source": "same source image"}
_HEADER = (
    "negatives", "pairs", "AUC", "copies found at FPR 1 %", "at 0.1 %", "at f ≤ 1",
    "false pairs among 1000 images",
)  # fmt: skip


def markdown(records: list[dict]) -> str:
    """A table for each record, under what the model was trained on.

    Args:
        records: as from `results.read`, with the protocol `negatives`.
    """
    return "\n\n".join(
        f"**Trained on {naming.name(record)}**\n\n{tables.markdown(rows(record))}"
        for record in records
    )


def rows(record: dict) -> list[tuple[str, ...]]:
    """The table's cells: a header, and a row for each kind of negatives that has a pair.

    Args:
        record: as from `results.read`, with the protocol `negatives`.

    Returns:
        Rows of equally many cells.
    """
    return [
        _HEADER,
        *(
            _row(title, record["negatives"][kind])
            for kind, title in _KINDS.items()
            if record["negatives"][kind]["negatives"]
        ),
    ]


def _row(title, measured):
    at_one, first, second, _ = measured["operating_points"]
    [some] = [pairs for pairs in at_one["false_pairs"] if pairs["images"] == 1000]
    low, high = map(_whole, some["interval"])
    return (
        title,
        _whole(measured["negatives"]),
        _cell(measured["auc"], measured["auc_interval"]),
        *(
            _cell(point["true_positive_rate"], point.get("true_positive_interval"))
            for point in (first, second, at_one)
        ),
        f"{_whole(some['expected'])} [{low}, {high}]",
    )


def _cell(value, interval):
    if value is None:
        return "too few pairs"
    return "{:.3f} [{:.3f}, {:.3f}]".format(value, *interval)


def _whole(number):
    return f"{number:,.0f}".replace(",", " ")
