"""How models fare against each kind of negative pairs, which Table 1 doesn't show."""

from imgforensics.reports import naming

_KINDS = {"random": "random", "same_class": "same class", "same_source": "same source image"}
_HEADER = (
    "trained on", "negatives", "pairs", "AUC", "copies found at FPR 1 %", "at 0.1 %",
    "copies found at f < 1", "false pairs among 1000 images",
)  # fmt: skip


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, and for each record a row for each kind of negatives.

    Args:
        records: as from `results.read`, with the protocol `negatives`.

    Returns:
        Rows of equally many cells; kinds without a pair are left out.
    """
    return [
        _HEADER,
        *(
            _row(naming.name(record), title, record["negatives"][kind])
            for record in records
            for kind, title in _KINDS.items()
            if record["negatives"][kind]["negatives"]
        ),
    ]


def _row(source, title, measured):
    at_one, first, second, _ = measured["operating_points"]
    [some] = [pairs for pairs in at_one["false_pairs"] if pairs["images"] == 1000]
    low, high = map(_whole, some["interval"])
    return (
        source,
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
