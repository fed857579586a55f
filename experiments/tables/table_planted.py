"""What a screening finds of planted copies, from the record of experiments.planted_reuse."""

from imgforensics.reports import tables


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, then what was planted by kind, a column for each system.

    Args:
        records: as from `results.read`, with `planted`; the last one is shown.
    """
    systems = records[-1]["planted"]["systems"]
    kinds = next(iter(systems.values()))["of each kind"]
    return [
        ("planted", *systems),
        ("all", *(_share(each["all"]) for each in systems.values())),
        *(
            (kind, *(_share(each["of each kind"][kind]) for each in systems.values()))
            for kind in kinds
        ),
        ("false rows among these", *(str(each["false rows"]) for each in systems.values())),
        (
            "found anywhere in the list",
            *(str(each["found in all rows"]) for each in systems.values()),
        ),
        ("rows of the whole list", *(f"{each['rows']:,}" for each in systems.values())),
    ]


def markdown(records: list[dict]) -> str:
    """The table with a line on what it is of."""
    told = records[-1]["planted"]
    systems = list(told["systems"].values())
    plants = max(each["all"]["plants"] for each in systems)
    figures, rate = told["figures"], told["false_rows_per_1000_figures"]
    return (
        f"{plants} copies in {told['documents']} PDF documents with {figures} figures and "
        f"{told['panels']:,} panels; a fifth of them in another document than the original. "
        f"Counted is what stands in the list before more than {rate} false rows per 1000 figures, "
        f"which are {int(rate * figures / 1000)} here, with 95 % intervals.\n\n"
        f"{tables.markdown(rows(records))}"
    )


def _share(found: dict) -> str:
    low, high = found["interval"]
    return f"{found['found']} of {found['plants']} [{low:.2f}, {high:.2f}]"
