"""At which ranks copies in a folder of images are listed, from experiments.reused_images."""

from imgforensics.reports import tables


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, then a row for each folder.

    Args:
        records: as from `results.read`, with `reused`; the last one is shown.
    """
    header = (
        "seed", "listed first", "ranks of the others", "rows", "false ones", "expected",
    )  # fmt: skip
    return [header, *map(_row, records[-1]["reused"]["folders"])]


def markdown(records: list[dict]) -> str:
    """The table with a line on what it is of."""
    told = records[-1]["reused"]
    copies = len(told["folders"][0]["reused"])
    return (
        f"{told['images']} images of which {copies} are copies of others, screened as a folder. "
        f"*Listed first* counts the copies among the first {copies} rows; *false ones* are rows of "
        "different images that are verified or possible, and *expected* is what the command said "
        "of these.\n\n"
        f"{tables.markdown(rows(records))}"
    )


def _row(folder: dict) -> tuple[str, ...]:
    each = folder["reused"]
    late = [one["rank"] for one in each if one["rank"] is None or one["rank"] > len(each)]
    others = ", ".join("not listed" if rank is None else str(rank) for rank in late)
    return (
        str(folder["seed"]), f"{len(each) - len(late)} of {len(each)}", others or "none",
        str(folder["rows"]), str(folder["false_rows"]), f"{folder['expected_false']:.1f}",
    )  # fmt: skip
