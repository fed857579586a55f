"""What a screening takes, from the record of experiments.screening_times."""

from imgforensics.reports import tables


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, then a row for each thing that was timed.

    Args:
        records: as from `results.read`, with `screening_times`; the last one is shown.
    """
    header = ("", "seconds", "goal", "CPU seconds", "memory, GiB")
    parts = records[-1]["screening_times"]["parts"].values()
    return [header, *(_row(each) for part in parts for each in part)]


def markdown(records: list[dict]) -> str:
    """The table with a line on where it was timed."""
    told = records[-1]["screening_times"]
    return (
        f"On {told['cores']} cores, each command with all that it starts; of a search among "
        f"embeddings, the search alone.\n\n{tables.markdown(rows(records))}{_false(told)}"
    )


def _false(told: dict) -> str:
    """A line on the rows of the many documents, if these were screened."""
    if "false_rows" not in told:
        return ""
    rows = told["false_rows"]
    found = ", ".join(f"{count} {status}" for status, count in rows["found"].items())
    return (
        "\n\nThe images of the many figures are shown once each, so that all of their rows are "
        f"false: {rows['expected']:.1f} verified or possible ones were expected, and found were "
        f"{found}."
    )


def _row(each: dict) -> tuple[str, ...]:
    return (
        each["what"], f"{each['seconds']:.1f}", "" if each["goal"] is None else str(each["goal"]),
        f"{each['cpu_seconds']:.1f}", f"{each['peak_memory'] / 2**30:.2f}",
    )  # fmt: skip
