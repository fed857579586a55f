"""What the shipped network was measured to do, for its model card."""

from imgforensics.reports import naming

_HEADER = (
    "images", "number", "accuracy of test pairs", "copies found at FPR 0.1 %", "recall at 1",
    "AUC, random", "AUC, same class", "AUC, same source",
)  # fmt: skip


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, and a row for each record of the package's weights.

    Args:
        records: as from `results.read`, with the protocols `test`, `negatives` and `retrieval`.

    Returns:
        Rows of equally many cells.
    """
    return [
        _HEADER,
        *(_row(record) for record in records if naming.is_shipped(record)),
    ]


def _row(record):
    negatives = record["negatives"]
    _, _, rare, _ = negatives["random"]["operating_points"]
    return (
        naming.judged_on(record),
        str(negatives["images"]),
        _cell(record["test"], "accuracy", "interval"),
        _cell(rare, "true_positive_rate", "true_positive_interval"),
        _cell(record["retrieval"], "recall_at_1", "recall_at_1_interval"),
        *(
            _cell(negatives[kind], "auc", "auc_interval")
            for kind in ("random", "same_class", "same_source")
        ),
    )


def _cell(measured, name, interval):
    if measured.get(name) is None:
        return "too few pairs"
    low, high = measured[interval]
    return f"{measured[name]:.3f} [{low:.3f}, {high:.3f}]"
