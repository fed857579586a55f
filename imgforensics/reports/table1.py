"""Table 1 of the paper: accuracies of evaluated models beside the paper's."""

import os
import pathlib

from imgforensics.reports import naming

PROTOCOLS = ("validation", "test", "real")  # that a record needs for a row
_HEADER = ("trained on", "steps", "triplets seen", "validation", "test, synthetic", "test, real")
PAPER = (
    ("paper, authors' micrographs", "~1500", "~384 000", "0.96", "0.95", "0.94"),
    ("paper, authors' micrographs", "~5000", "~1 280 000", "0.98", "0.97", "0.92"),
)


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, the rows of each record and the paper's two.

    Args:
        records: as from `results.read`.

    Returns:
        Rows of equally many cells.
    """
    return [_HEADER, *(row for record in records for row in rows_of(record)), *PAPER]


def rows_of(record: dict) -> list[tuple[str, ...]]:
    """The row of a record and, if it tells of runs with other seeds, one of all their accuracies.

    Args:
        record: as from `results.read`.
    """
    row = _row(record)
    if "seeds" not in record:
        return [row]
    runs = record["seeds"]
    title = f"{row[0]}, lowest to highest of {len(runs)} seeds"
    trained = _spread(runs, "step", str), _spread(runs, "triplets_seen", _whole)
    return [row, (title, *trained, *(_spread(runs, which, "{:.3f}".format) for which in PROTOCOLS))]


def places(path: str | os.PathLike, record: dict) -> str:
    """Lines that tell where the files behind a row lie.

    Args:
        path: of the record.
        record: as from `results.read`.
    """
    weights = pathlib.Path(record["weights"]["path"])
    pictures = sorted(map(str, pathlib.Path(path).parent.glob("*.png")))
    lines = [("record", path), ("pictures", ", ".join(pictures) or "none")]
    if weights.is_dir():
        metrics = sorted(map(str, weights.glob("*.jsonl")))
        which = record["weights"]["which"]
        lines = [
            ("checkpoints", f"{weights} (this row: {which}, step {record['weights']['step']})"),
            ("metrics", ", ".join(metrics) or "none"),
            *lines,
        ]
    else:
        lines = [("weights", weights), *lines]
    return "\n".join(f"{name + ':':12} {place}" for name, place in lines)


def _row(record):
    data, weights = record["config"]["data"], record["weights"]
    source = naming.name(record)
    if (record["data"]["source"], record["data"]["folder"]) != (data["source"], data["folder"]):
        source += f", judged on {record['data']['source']}"
    return (
        f"{source}, {record['real']['moments']} moments in real",
        str(weights["step"]),
        _whole(weights["triplets_seen"]),
        *(_cell(record[which]) for which in PROTOCOLS),
    )


def _cell(measured):
    low, high = measured["interval"]
    sd = f" ± {measured['sd']:.3f}" if measured.get("sd") is not None else ""
    return f"{measured['accuracy']:.3f}{sd} [{low:.3f}, {high:.3f}]"


def _whole(number):
    return f"{number:,}".replace(",", " ")


def _spread(runs, field, write):
    values = [run[field] for run in runs]
    return " to ".join(map(write, sorted({min(values), max(values)})))
