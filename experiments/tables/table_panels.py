"""How well the panels of published figures are found, from the record of experiments.fit_panels."""

import json
import pathlib

from imgforensics.reports import tables

_RECORD = pathlib.Path(__file__).parents[1] / "panels" / "judged.json"
_COLUMNS = {
    "folds": "{articles} articles, each judged by a fit to the others",
    "unseen": "figures of other articles",
    "fresh": "and of {documents} more",
}
_SHARES = {
    "recall": "pictures that have a panel of their own",
    "recall of several": "likewise, in figures of several pictures",
    "coverage": "pictures that are compared for the most part",
    "precision": "of what is compared, pictures",
    "recall of blots": "blots found, that are called so",
    "precision of blots": "of what is called a blot, blots",
}


def rows(judged: dict) -> list[tuple[str, ...]]:
    """The table's cells: a header, then counts and shares with 95 % intervals.

    Args:
        judged: as `experiments.fit_panels` writes it.
    """
    found = [judged[name] for name in _COLUMNS]
    return [
        ("", *(title.format(**judged[name]) for name, title in _COLUMNS.items())),
        ("figures", *(str(each["figures"]) for each in found)),
        ("of which hold pictures", *(str(each["figures with pictures"]) for each in found)),
        ("pictures", *(str(each["pictures"]) for each in found)),
        *((title, *(_share(each[name]) for each in found)) for name, title in _SHARES.items()),
    ]


def markdown() -> str:
    """The table of the committed record."""
    return tables.markdown(rows(json.loads(_RECORD.read_text())))


def _share(share: dict | None) -> str:
    if share is None:
        return "none"
    low, high = share["interval"]
    return f"{share['value']:.2f} [{low:.2f}, {high:.2f}]"
