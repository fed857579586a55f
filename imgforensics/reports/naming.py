"""What a record is called in a table."""

import pathlib

_RANGES = {
    "v01": "V01 ranges",
    "v02": "V02 ranges",
    "wide": "wide ranges",
    "reuse": "re-use ranges",
}
_LOSS = "alpha_triplet"
_SHIPPED = ("pretrained", "weights.npz")


def architecture(record: dict) -> str:
    """Of the network; that of the paper in records of before there were others."""
    return record["config"]["model"].get("architecture", "paper")


def is_shipped(record: dict) -> bool:
    """Whether it is about the weights that come with the package."""
    return pathlib.PurePath(record["weights"]["path"]).parts[-2:] == _SHIPPED


def name(record: dict) -> str:
    """The source that a model was trained on, and whatever else is not as in the paper.

    Args:
        record: as from `results.read`; those of before a field existed lack it.
    """
    parts = [record["config"]["data"]["source"]]
    if architecture(record) != "paper":
        parts.append(f"{architecture(record)} network")
    loss = record["config"].get("loss", {}).get("name", _LOSS)
    if loss != _LOSS:
        parts.append(loss)
    return ", ".join(parts + _judged_on(record))


def judged_on(record: dict) -> str:
    """Which images and manipulations of those that a run knows a model was judged on."""
    return ", ".join(_judged_on(record)) or "test, the run's ranges"


def _judged_on(record):
    parts = [_RANGES[record["ranges"]]] if record.get("ranges") else []
    return parts + ["held-out classes"] * (record.get("part") == "held_out")
