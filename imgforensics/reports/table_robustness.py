"""Robustness as tables: where single manipulations break a model, and all the points."""

import csv
import io
import os

from imgforensics.evaluation import robustness
from imgforensics.reports import tables
from imgforensics.utils import atomic

_SUMMARY = ("manipulation", "strength", "trained on", "accuracy breaks at", "found breaks at")
_POINTS = ("manipulation", "strength", "trained on", "accuracy", "found")
_MEASURED = (
    "accuracy", "accuracy_interval", "true_positive_rate_at_1", "false_positive_rate_at_1",
    "true_positive_rate", "true_positive_interval", "false_positive_rate",
)  # fmt: skip


def markdown(record: dict) -> str:
    """What was measured, a row for each manipulation, and one for each of its strengths.

    Args:
        record: as `imgforensics robustness` writes it.
    """
    measured = record["robustness"]
    parts = conditions(record), tables.markdown(summary(measured)), tables.markdown(rows(measured))
    return "\n\n".join(parts) + "\n"


def plain(record: dict) -> str:
    """What was measured, and a row for each manipulation, for a terminal."""
    return f"{conditions(record)}\n\n{tables.plain(summary(record['robustness']))}"


def write(record: dict, path: str | os.PathLike) -> None:
    """Writes both tables.

    Args:
        record: as `imgforensics robustness` writes it.
        path: without an ending; .md and .csv are added.

    Raises:
        UserError: a table can't be written.
    """
    for ending, table in ((".md", markdown), (".csv", as_csv)):
        with atomic.writing(f"{path}{ending}") as file:
            file.write(table(record))


def conditions(record: dict) -> str:
    """Some sentences on what was measured, and how."""
    measured, weights = record["robustness"], record["weights"]
    text = (
        f"{weights['path']}, step {weights['step']}, on {measured['images']} images of "
        f"{measured['sources']} source images ({record['data']['source']}, {record['split']}). "
        "Accuracy is that of f <= 1, copies and other pairs being equally frequent, both "
        "manipulated. "
    )
    if measured["threshold"] is None:
        text += "There are too few pairs for another threshold: copies are found at f <= 1. "
    else:
        text += (
            f"Copies are found at f <= {measured['threshold']:.4g}, where {measured['rate']:.0%} "
            "of the pairs of unmanipulated different images are. "
        )
    accuracy, found = _cells(measured["plain"])
    return (
        f"{text}Of unmanipulated crops the accuracy is {accuracy}, and {found} are found. Where "
        "these break, they have fallen half-way from that to chance. Brackets are 95 % bootstraps "
        "over source images."
    )


def summary(measured: dict) -> list[tuple[str, ...]]:
    """For each manipulation where accuracy and true-positive rate fall half-way to chance.

    Args:
        measured: the record's `robustness`.

    Returns:
        A header, and rows of equally many cells.
    """
    return [
        _SUMMARY,
        *(
            (
                manipulation["name"],
                manipulation["unit"],
                _range(manipulation["trained"]),
                _broken(manipulation, measured["plain"], "accuracy", 0.5),
                _broken(manipulation, measured["plain"], "true_positive_rate", measured["rate"]),
            )
            for manipulation in measured["manipulations"]
        ),
    ]


def rows(measured: dict) -> list[tuple[str, ...]]:
    """A header, and a row for each strength of each manipulation; likewise."""
    return [
        _POINTS,
        ("none", "", "", *_cells(measured["plain"])),
        *(
            (
                manipulation["name"],
                f"{point['strength']:g}",
                "yes" if inside(manipulation["trained"], point["strength"]) else "no",
                *_cells(point),
            )
            for manipulation in measured["manipulations"]
            for point in manipulation["points"]
        ),
    ]


def as_csv(record: dict) -> str:
    """All points with numbers in full; intervals have two columns.

    Args:
        record: as `imgforensics robustness` writes it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [
        name.replace("interval", end) if "interval" in name else name
        for name in _MEASURED
        for end in (("low", "high") if "interval" in name else ("",))
    ]
    writer.writerow(["manipulation", "unit", "strength", "trained", *names])
    writer.writerow(["none", "", "", "", *_numbers(record["robustness"]["plain"])])
    for manipulation in record["robustness"]["manipulations"]:
        for point in manipulation["points"]:
            trained = int(inside(manipulation["trained"], point["strength"]))
            about = manipulation["name"], manipulation["unit"], point["strength"], trained
            writer.writerow([*about, *_numbers(point)])
    return text.getvalue()


def inside(trained: list[float] | None, strength: float) -> bool:
    """Whether a strength is one of those that training draws."""
    return trained is not None and trained[0] <= strength <= trained[1]


def _numbers(point):
    """The numbers of a point, None (which CSV leaves empty) twice for a missing interval."""
    for name in _MEASURED:
        if "interval" in name:
            yield from point[name] or (None, None)
        else:
            yield point[name]


def _broken(manipulation, plain, measure, chance):
    if plain[measure] is None:
        return ""
    if plain[measure] <= chance:
        return "unmanipulated"
    places = robustness.breaks(manipulation, plain, measure, chance)
    return " and ".join(f"{place:g}" for place in places if place is not None) or "none tried"


def _range(trained):
    return "{:.3g} to {:.3g}".format(*trained) if trained else "no"


def _cells(point):
    accuracy = _cell(point["accuracy"], point["accuracy_interval"])
    if point["true_positive_rate"] is None:
        return accuracy, f"{point['true_positive_rate_at_1']:.3f}"
    return accuracy, _cell(point["true_positive_rate"], point["true_positive_interval"])


def _cell(value, interval):
    return "{:.3f} [{:.3f}, {:.3f}]".format(value, *interval)
