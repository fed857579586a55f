"""How quick the stages of a screening are on a cluster, from the record of its experiment."""

from imgforensics.reports import tables

_MORE = (16, 256)  # workers, for which rates are computed
_PANELS = 10**8  # of an archive, whose cost is computed
_NODE = 64  # cores of a machine, in which that is told
_ADDED = ("read", "embedded", "described")  # what is done of each panel of a library
_STAGES = {  # names, units, and whether workers do it
    "read": ("read and cut into panels", "panels", True),
    "embedded": ("embedded", "panels", True),
    "described": ("described by keypoints", "panels", True),
    "searched": ("searched, by the machine that runs the command", "pairs of squares", False),
    "voted": ("voted on", "pairs", True),
    "looked": ("verified", "pairs", True),
    "within": ("searched for copies within", "panels", True),
}


def markdown(records: list[dict]) -> str:
    """The table, where it was measured, and what an archive takes.

    Args:
        records: as from `results.read`, with `cluster_rates`; the last one is shown.
    """
    told = records[-1]["cluster_rates"]
    machine, panels = told["machine"], told["clusters"]["1"]["read"]["done"]
    hours = core_hours(told)
    return (
        f"Measured with {told['documents']} manuscripts of {panels} panels, on {machine['cores']} "
        f"cores of {machine['cpu']}, as many a second; with more workers computed from one.\n\n"
        f"{tables.markdown(rows(told))}\n\n"
        f"To add {_PANELS:,} panels to a library takes {hours:,.0f} hours of such a core "
        f"(computed), which {_NODE} of them do in {hours / _NODE:,.0f} hours."
    )


def rows(told: dict) -> list[tuple[str, ...]]:
    """The cells: a header, then a row for each stage."""
    clusters = told["clusters"]
    header = (
        "", "a second", *(f"{number} worker{'s' * (number != '1')}" for number in clusters),
        *(f"{more} (computed)" for more in _MORE), "at most, by one command (computed)",
    )  # fmt: skip
    return [header, *(_row(clusters, stage) for stage in _STAGES)]


def core_hours(told: dict) -> float:
    """What it takes to read, embed and describe `_PANELS` panels, by the rates of one worker."""
    one = told["clusters"]["1"]
    return sum(_PANELS / _rate(one[stage]) for stage in _ADDED) / 3600


def _row(clusters, stage) -> tuple[str, ...]:
    what, unit, by_workers = _STAGES[stage]
    measured = [_number(_rate(each[stage])) for each in clusters.values()]
    if not by_workers:
        return what, unit, *measured, *("" for _ in _MORE), ""
    one = clusters["1"][stage]
    most = one["done"] / one["cpu_seconds_here"]
    computed = (min(most, more * _rate(one)) for more in _MORE)
    return what, unit, *measured, *map(_number, computed), _number(most)


def _rate(stage: dict) -> float:
    return stage["done"] / stage["seconds"]


def _number(rate: float) -> str:
    return f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}"
