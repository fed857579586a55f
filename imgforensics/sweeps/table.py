"""What the points of a sweep gave: mean and standard deviation over seeds."""

import csv
import io
import statistics
from collections.abc import Sequence

from imgforensics.sweeps.points import Point

MEASURED = ("validation", "test")


def collect(
    points: Sequence[Point],
    results: Sequence[dict | None],
    question: str,
    command: str,
    machine: dict,
) -> dict:
    """Joins the results of points that differ in nothing but their seeds.

    Args:
        points: of the sweep.
        results: of each of them, as `single.run` leaves it; None for those that have not ended.
        question: that they answer.
        command: that made them.
        machine: that it ran on, as plain values.

    Returns:
        A JSON-able record: `question`, `command` and `machine`; `rows`, in the order of the points,
        each with its `label`, `fields`, `seeds`, `steps`, `triplets` and `seconds` of each seed,
        and for each of `MEASURED` the `accuracy` of each seed with its `interval`, their `mean` and
        `sd` (ddof 1; None for a single seed), and likewise the `auc` of the test pairs; `missing`,
        the names of points without a result; and all `versions` that occur.
    """
    rows = {}
    for point, result in zip(points, results, strict=True):
        row = rows.setdefault(point.label, {"label": point.label, "results": []})
        if result is not None:
            row["results"].append(result)
    found = [result for result in results if result is not None]
    versions = [result["versions"] for result in found]
    return {
        "question": question,
        "command": command,
        "machine": machine,
        "rows": [_row(row["label"], row["results"]) for row in rows.values() if row["results"]],
        "missing": [point.name for point, result in zip(points, results) if result is None],
        "versions": [each for i, each in enumerate(versions) if each not in versions[:i]],
    }


def as_csv(record: dict) -> str:
    """The table in CSV: a line for each point, with numbers in full.

    Args:
        record: as from `collect`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = (*MEASURED, "auc")
    statistic = [f"{which}_{kind}" for which in columns for kind in ("mean", "sd")]
    writer.writerow(["point", "seeds", "triplets", "seconds", *statistic])
    for row in record["rows"]:
        writer.writerow(
            [
                row["label"],
                " ".join(map(str, row["seeds"])),
                " ".join(map(str, row["triplets"])),
                round(sum(row["seconds"]), 1),
                *(row[which][kind] for which in columns for kind in ("mean", "sd")),
            ]
        )
    return text.getvalue()


def _row(label, results):
    return {
        "label": label,
        "fields": {
            name: field for name, field in results[0]["point"]["fields"].items() if name != "seed"
        },
        "seeds": [result["seed"] for result in results],
        "steps": [result["weights"]["step"] for result in results],
        "triplets": [_triplets(result["config"]) for result in results],
        "seconds": [result["point"]["seconds"] for result in results],
        **{
            which: _statistics("accuracy", [result[which]["accuracy"] for result in results])
            | {"interval": [result[which]["interval"] for result in results]}
            for which in MEASURED
        },
        "auc": _statistics("auc", [result["test"]["auc"] for result in results]),
    }


def _triplets(config):
    """How many a run sees, if it isn't stopped for want of improvement."""
    return config["steps"] * config["batch_size"]


def _statistics(name, values):
    return {
        name: values,
        "mean": statistics.fmean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else None,
    }
