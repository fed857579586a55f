"""What score normalisation and crops find, from the record of experiments.reranking."""

from imgforensics.reports import tables

_SETS = {
    "test_v01": "V01", "test_v02": "V02", "test_composite": "composite",
    "held_out_v01": "V01, held-out classes",
}  # fmt: skip
_KINDS = {
    "random": "random", "same_class": "same class", "same_source": "same source image",
    "mixed": "mixed",
}  # fmt: skip
_SYSTEMS = {
    "f": "f", "normalized": "f, normalised", "crops": "f and crops",
    "both": "f and crops, normalised",
}  # fmt: skip


def markdown(records: list[dict]) -> str:
    """The tables of the last record, and what they are of."""
    told = records[-1]["reranking"]
    library, versions = told["library"], records[-1]["versions"]
    copies = ", ".join(
        f"{told['collections'][name]['copies']} {_SETS[name]}" for name in _sets(told)
    )
    parts = [
        part
        for rate in rates(told)
        for part in (
            f"Copies found where {float(rate):.1%} of the negatives pass:",
            tables.markdown(found(told, rate)),
        )
    ]
    return "\n\n".join(
        [
            *parts,
            f"Copies among the first so many of {library['crops']:,} crops and themselves (of a "
            "collection: of all its copies):",
            tables.markdown(placed(told)),
            "Brackets are 95 % intervals, bootstraps over source images; **bold** is more than f "
            "alone, and *italic* less, by the interval of the difference.",
            "<details><summary>How this was made</summary>",
            f"Copies: {copies}. Mixed: negatives of each kind weigh the same. Hard: "
            f"{library['queries']} central crops of the test split, each with those ten of its "
            "hundred nearest by f among the crops of the other splits that the system puts first. "
            "Copies are rare: no image has another one than that which is looked for. A crop's "
            "neighbours, of which its spacing is made, are of other micrographs. "
            "Made by `python -m experiments.reranking --folder=FOLDER --weights=W --work=DIR "
            f"--out=OUT.json` (jax {versions['jax']}, commit {versions['commit']}).",
            "</details>",
        ]
    )


def rates(told: dict) -> list[str]:
    """The rates of the negatives that pass, as the record names them."""
    return list(told["library"]["found"][_sets(told)[0]]["f"])


def found(told: dict, rate: str) -> list[tuple[str, ...]]:
    """Rows: a header, and for each set and kind of negatives the share that each system finds."""
    rows = [("copies", "negatives", *_SYSTEMS.values())]
    for name in _sets(told):
        kinds = told["collections"][name]["found"]
        those = [(_KINDS[kind], kinds[kind]) for kind in _KINDS if kind in kinds]
        if name in told["library"]["found"]:
            those.append(("hard", told["library"]["found"][name]))
        rows += [(_SETS[name], kind, *_cells(systems, rate)) for kind, systems in those]
    return rows


def placed(told: dict) -> list[tuple[str, ...]]:
    """Rows: a header, and for each set and number of places the copies that are among these."""
    rows = [("copies", "among the first", *_SYSTEMS.values())]
    for name in _sets(told):
        systems = told["collections"][name]["nearest"]
        rows.append((_SETS[name], "1 of the collection", *_cells(systems, "1")))
        systems = told["library"]["places"].get(name, {"f": {}})
        rows += [(_SETS[name], most, *_cells(systems, most)) for most in systems["f"]]
    return rows


def _sets(told) -> list[str]:
    return [name for name in _SETS if name in told["collections"]]


def _cells(systems, of) -> list[str]:
    return [_cell(systems[name][of]) for name in _SYSTEMS]


def _cell(share) -> str:
    low, high = share["interval"]
    least, most = share["gain_interval"]
    mark = "**" if least > 0 else "*" if most < 0 else ""
    return f"{mark}{share['share']:.3f}{mark} [{low:.3f}, {high:.3f}]"
