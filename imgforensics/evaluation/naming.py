"""What a record is called in a table."""

_RANGES = {"v01": "V01 ranges", "v02": "V02 ranges", "wide": "wide ranges"}


def name(record: dict) -> str:
    """The source that a model was trained on, and whatever else is not as in the paper.

    Args:
        record: as from `results.read`; those of before a field existed lack it.
    """
    config = record["config"]
    parts = [config["data"]["source"]]
    if (architecture := config["model"].get("architecture", "paper")) != "paper":
        parts.append(f"{architecture} network")
    if ranges := record.get("ranges"):
        parts.append(_RANGES[ranges])
    if record.get("part") == "held_out":
        parts.append("held-out classes")
    return ", ".join(parts)
