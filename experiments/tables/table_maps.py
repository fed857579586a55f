"""How often heat maps name what matters, from the records of experiments.erasure."""

from imgforensics.reports import naming

_OF = {"alike": "copies: what makes f small", "different": "others: what makes f large"}
_METHODS = {
    "contrast": "most contrast (no network)",
    "grad_cam": "Grad-CAM",
    "hires_cam": "HiRes-CAM",
    "occlusion": "occlusion (the default)",
}


def rows(records: list[dict]) -> list[tuple[str, ...]]:
    """The table's cells: a header, and for each record a row for either kind of pairs.

    Args:
        records: as from `results.read`, with `erasure`.
    """
    return [
        ("trained on", "pairs", "number", *_METHODS.values()),
        *(
            (
                naming.name(record),
                title,
                str(record["erasure"][of]["pairs"]),
                *(_cell(record["erasure"][of][method]) for method in _METHODS),
            )
            for record in records
            for of, title in _OF.items()
        ),
    ]


def _cell(measured):
    return "{:.2f} [{:.2f}, {:.2f}]".format(measured["rate"], *measured["rate_interval"])
