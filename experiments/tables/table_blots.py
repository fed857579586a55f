"""Which verdicts real blots got, for the model card."""

from imgforensics.reports import tables
from imgforensics.verification import verdict

_KINDS = {
    "random": "unlike, at random",
    "nearest": "unlike, the nearest by f",
    "saved": "copies, saved again as JPEG at another size and contrast",
    "v01": "copies, V01 ranges",
    "v02": "copies, V02 ranges",
}


def markdown(records: list[dict]) -> str:
    """The table of the last record that `experiments.blots` wrote, and of how many blots it is."""
    record = records[-1]
    rows = [("pairs of crops", "number", *verdict.VERDICTS)]
    for kind, title in _KINDS.items():
        counted = record["blots"][kind]
        number = sum(counted.values())
        rows.append((title, str(number), *(str(counted[name]) for name in verdict.VERDICTS)))
    return (
        f"{tables.markdown(rows)}\n\n{record['images']} crops of {record['membranes']} membranes."
    )
