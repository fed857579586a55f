"""What sweeps gave, as tables: a question each, with what is needed to ask it again."""

from collections.abc import Sequence

from imgforensics.reports import tables

_HEADER = ("point", "validation", "test, synthetic", "AUC, test")
_MEASURED = ("validation", "test")


def markdown(record: dict) -> str:
    """The table of a sweep in Markdown, with how it was made below it.

    Args:
        record: as from `sweeps.table.collect`.
    """
    table = tables.markdown([_HEADER, *map(_cells, record["rows"])])
    return "\n\n".join([table, tables.fold("How this was made", "\n".join(_footer(record)))]) + "\n"


def every(records: Sequence[dict]) -> str:
    """The tables of several sweeps under their questions."""
    return "\n".join(f"**{record['question']}**\n\n{markdown(record)}" for record in records)[:-1]


def _cells(row):
    accuracies = (_spread(row[which], row[which]["interval"]) for which in _MEASURED)
    return row["label"], *accuracies, _spread(row["auc"])


def _spread(measured, intervals=()):
    """The mean over seeds with its standard deviation, or a single run's interval."""
    if measured["sd"] is not None:
        return f"{measured['mean']:.3f} ± {measured['sd']:.3f}"
    shown = f"{measured['mean']:.3f}"
    return " ".join([shown, *(f"[{low:.3f}, {high:.3f}]" for low, high in intervals)])


def _footer(record):
    rows, machine = record["rows"], record["machine"]
    seconds = sum(sum(row["seconds"]) for row in rows)
    triplets = sorted({count for row in rows for count in row["triplets"]})
    triplets = ", ".join(f"{count:,}".replace(",", " ") for count in triplets)
    seeds = sorted({seed for row in rows for seed in row["seeds"]})
    single = any(len(row["seeds"]) == 1 for row in rows)
    yield (
        "Means ± standard deviations over seeds"
        + (", or one seed's accuracy with Wilson's 95 % interval" if single else "")
        + f"; seeds {', '.join(map(str, seeds))}; {triplets} triplets a run; "
        f"{sum(len(row['seeds']) for row in rows)} runs, whose times add up to "
        f"{seconds / 3600:.1f} hours on {machine['cores']} core(s) of {machine['cpu']}. Made by "
        f"`{record['command']}` with:"
    )
    for versions in record["versions"]:
        yield "- " + ", ".join(f"{name} {version}" for name, version in versions.items())
    if record["missing"]:
        seeds = sorted({name.rpartition("-seed")[2] for name in record["missing"]}, key=int)
        runs = sum(len(row["seeds"]) for row in rows) + len(record["missing"])
        yield f"\nNot run: {len(record['missing'])} of {runs} points, of seed {', '.join(seeds)}."
