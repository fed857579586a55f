"""What each stage of a screening lets pass, from the record of experiments.stages."""

from imgforensics.reports import tables

_SETS = {"test_v01": "V01", "test_v02": "V02", "test_composite": "composite"}
_CASCADE = "cascade"
_AFTER = {"gate": "gate", "verified": "gate, then verified, {}"}


def markdown(records: list[dict]) -> str:
    """The tables of the last record: what passes, what is found, and how it was measured."""
    measured = records[-1]["stages"]
    sizes = measured["sizes"]
    copies = ", ".join(f"{sizes['copies'][name]} {title}" for name, title in _SETS.items())
    return "\n\n".join(
        [
            tables.markdown(passing(measured)),
            "Copies that are found where so many of the hard negatives pass:",
            tables.markdown(found(measured)),
            f"Copies: {copies}. Hard negatives: {sizes['hard']:,} pairs, {sizes['queries']} images "
            f"of the test split with their {sizes['nearest']} nearest by f among "
            f"{sizes['crops']:,} crops of other source images. f and the gate saw all of them, the "
            "others so many as the table tells, weighted; where these are too few for a rate, its "
            "cells are empty. "
            f"Intervals are bootstraps over source images. {_machine(measured)}",
        ]
    )


def strict(records: list[dict]) -> str:
    """The tables of many hard pairs: what passes at each threshold, and what is found then."""
    measured = records[-1]["strict"]
    sizes = measured["sizes"]
    heads = (
        "",
        "threshold",
        "hard pairs that pass",
        "of all",
        *(f"copies, {t}" for t in _SETS.values()),
    )
    rows = [heads]
    for name, system in measured["systems"].items():
        for point, at in system["points"].items():
            cells = f"{at['hard']['passed']:,}", _cell(at["hard"], ".4%")
            shown = (_share(at[which]) for which in _SETS)
            rows.append((_AFTER[name].format(point), f"{at['threshold']:g}", *cells, *shown))
    rates = list(next(iter(measured["systems"].values()))["found"]["test_v01"])
    at_rates = [("", *(f"{t}, {float(rate[3:]):.3%}" for rate in rates for t in _SETS.values()))]
    for name, system in measured["systems"].items():
        cells = (_share(system["found"][which][rate]) for rate in rates for which in _SETS)
        at_rates.append((_AFTER[name].partition(", {}")[0], *cells))
    return "\n\n".join(
        [
            tables.markdown(rows),
            "Copies that are found where so many of the hard pairs pass:",
            tables.markdown(at_rates),
            f"Hard pairs: {sizes['hard']:,} pairs, {sizes['queries']:,} crops of "
            f"{sizes['sources']} source images of the test split with their {sizes['nearest']} "
            f"nearest by f among {sizes['crops']:,} crops of other source images, without blank "
            "ones and those of one field. Intervals are bootstraps over source images, and "
            "Wilson's where nothing passes.",
        ]
    )


def passing(measured: dict) -> list[tuple[str, ...]]:
    """Rows: a header, and for each system its speed and what passes by a threshold of its own."""
    timed = "speeds" in measured
    costs = ("CPU ms an image", "CPU ms a pair", "pairs/s of a core") if timed else ()
    passed = (f"copies that pass, {title}" for title in _SETS.values())
    rows = [("", *costs, "threshold", "hard negatives that pass", *passed)]
    for name, system in measured["systems"].items():
        own = system["threshold"]
        cells = [system["hard"], *(system["copies"][which] for which in _SETS)]
        shown = [_percent(cells[0]), *map(_share, cells[1:])] if own is not None else [""] * 4
        threshold = f"{own:g}" if own is not None else ""
        spent = _spent(measured, name) if timed else ()
        rows.append((system["title"], *spent, threshold, *shown))
    return rows


def found(measured: dict) -> list[tuple[str, ...]]:
    """Rows: a header, and for each system what is found at either rate."""
    rates = [key for key in next(iter(_first(measured)["copies"].values())) if key[:3] == "at "]
    heads = [f"{t}, {float(rate[3:]):.1%}" for rate in rates for t in _SETS.values()]
    rows = [("", "hard negatives, copies seen", *heads)]
    for system in measured["systems"].values():
        seen = sum(each["pairs"] for each in system["copies"].values())
        cells = [_share(system["copies"][which][rate]) for rate in rates for which in _SETS]
        rows.append((system["title"], f"{system['hard']['pairs']:,}, {seen:,}", *cells))
    return rows


def _first(measured):
    return next(iter(measured["systems"].values()))


def _spent(measured, name) -> tuple[str, str, str]:
    """Cells of what an image and a pair cost, and how many pairs that makes in a second."""
    image, pair = _cost(measured, name)
    return (
        _milliseconds(image),
        _milliseconds(pair),
        f"{1000 / pair:,.{0 if pair < 100 else 1}f}" if pair else "",
    )


def _milliseconds(cost) -> str:
    if not cost:
        return ""
    return f"{cost:.2g}" if cost < 10 else f"{cost:.0f}"


def _cost(measured, name) -> tuple[float | None, float | None]:
    """CPU milliseconds of an image and of a pair, as far as they were measured."""
    costs = measured["speeds"]["systems"]
    if name == _CASCADE and costs.keys() >= {"gate", "verified"}:
        # Of all hard negatives, only those that pass the gate cost the second step.
        passed = measured["systems"]["gate"]["hard"]["share"]
        pair = costs["gate"]["pair_ms"] + passed * costs["verified"]["pair_ms"]
        return costs["gate"]["image_ms"], pair
    if name not in costs:
        return None, None
    return costs[name]["image_ms"], costs[name]["pair_ms"]


def _machine(measured) -> str:
    if "speeds" not in measured:
        return ""
    cpu = measured["speeds"]["machine"]["cpu"]
    return f"CPU time is summed over threads, on one of the cores of {cpu}, with hard negatives."


def _share(cell) -> str:
    return _cell(cell, ".3f")


def _percent(cell) -> str:
    return _cell(cell, ".3%")


def _cell(cell, form) -> str:
    if cell is None:
        return ""
    low, high = cell["interval"]
    return f"{cell['share']:{form}} [{low:{form}}, {high:{form}}]"
