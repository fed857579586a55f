"""The tables of the README and of the pages in docs/, made from saved results."""

import pathlib
import re
from collections.abc import Callable, Sequence

from experiments.tables import (
    table_baselines,
    table_benchmark,
    table_blots,
    table_card,
    table_cluster,
    table_copy_move,
    table_maps,
    table_negatives,
    table_panels,
    table_planted,
    table_points,
    table_reranking,
    table_reused,
    table_shared,
    table_speed,
    table_stages,
    table_summary,
    table_times,
)
from imgforensics.evaluation import results
from imgforensics.reports import table1, table_ablations, table_accelerator, tables
from imgforensics.utils.errors import UserError

# Which blocks each page has.
PAGES = {
    "README.md": ("summary",),
    "docs/results.md": (
        "table1",
        "negatives",
        "cost",
        "baselines",
        "stages",
        "strict",
        "reranking",
        "maps",
    ),
    "docs/compare.md": ("copy_move", "speed"),
    "docs/ablations.md": ("ablations",),
    "docs/benchmark.md": ("benchmark",),
    "docs/accelerator.md": ("accelerator",),
    "docs/model_card.md": ("card", "points", "blots"),
    "docs/screening.md": ("panels", "planted", "reused", "times"),
    "docs/cluster.md": ("cluster",),
    "docs/library.md": ("shared_library",),
}


def fill(text: str, folder: pathlib.Path, names: Sequence[str]) -> str:
    """A text with its blocks made anew; the rest is left as it is.

    Each block comes from those of the JSON records in a folder, in the order of their names, that
    have what it shows.

    Args:
        text: Markdown, with a place for each block.
        folder: of the records.
        names: of the blocks.

    Raises:
        UserError: the folder has no record, or the text no place for a block.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder} holds no results: copy there what experiments.evaluate writes")
    records = [results.read(path) for path in paths]
    for name in names:
        needed, make = _MADE[name]
        block = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        if not block.search(text):
            raise UserError(f"the text has no place for a block: <!-- {name} --> is missing")
        made = make([record for record in records if set(needed) <= record.keys()])
        text = block.sub(lambda found: found[1] + made + found[2], text)
    return text


def _cost(records):
    """What the largest collection took whose images were all compared."""
    found = max((record["pairwise"] for record in records), key=lambda one: one["images"])
    pairs = f"{found['positives'] + found['negatives']:,}".replace(",", " ")
    return (
        f"{found['images']:,} embeddings ({pairs} pairs) took {found['cost']['seconds']:.0f} "
        f"seconds on {found['cost']['cores']} CPU cores, and at most "
        f"{found['cost']['peak_memory'] / 2**30:.2f} GiB of memory."
    ).replace(",", " ", 1)


def _once_measured(make: Callable[[list[dict]], str]) -> Callable[[list[dict]], str]:
    """For records that need a quiet machine, and may not be there yet."""
    return lambda records: make(records) if records else "Not measured yet."


_MADE = {  # what a record needs to be in it, and what makes it
    "table1": (table1.PROTOCOLS, lambda records: tables.markdown(table1.rows(records))),
    "summary": (
        table1.PROTOCOLS,
        lambda records: tables.markdown(table_summary.rows(records)),
    ),
    "negatives": (["negatives"], table_negatives.markdown),
    "card": (
        ["test", "negatives", "retrieval"],
        lambda records: tables.markdown(table_card.rows(records)),
    ),
    "blots": (["blots"], table_blots.markdown),
    "copy_move": (["clones", "others"], table_copy_move.markdown),
    "speed": (["speed"], table_speed.markdown),
    "points": ([], lambda _: table_points.markdown()),
    "cost": (["pairwise"], _cost),
    "accelerator": (["accelerator"], table_accelerator.markdown),
    "maps": (["erasure"], lambda records: tables.markdown(table_maps.rows(records))),
    "baselines": (
        ["contest"],
        lambda records: "\n\n".join(map(table_baselines.markdown, records)),
    ),
    "ablations": (["question", "rows"], table_ablations.every),
    "panels": ([], lambda _: table_panels.markdown()),
    "planted": (["planted"], table_planted.markdown),
    "reused": (["reused"], table_reused.markdown),
    "times": (["screening_times"], _once_measured(table_times.markdown)),
    "cluster": (["cluster_rates"], _once_measured(table_cluster.markdown)),
    "stages": (["stages"], table_stages.markdown),
    "strict": (["strict"], table_stages.strict),
    "reranking": (["reranking"], table_reranking.markdown),
    "shared_library": (["shared_library"], table_shared.markdown),
    "benchmark": (["benchmark"], lambda records: table_benchmark.markdown(records[-1])),
}
