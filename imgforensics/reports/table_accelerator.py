"""The table of an accelerator's rates, from the records of measured runs."""

from imgforensics.reports import tables

_HEADER = ("precision", "batch", "images/s", "of the peak", "temporary memory", "compiled in")


def markdown(records: list[dict]) -> str:
    """For each record a sentence on the card, its rates, and where a step's time goes.

    Args:
        records: with `accelerator`, as `benchmark.accelerator.measure` makes them.
    """
    if not records:
        return "No accelerator has been measured yet."
    return "\n\n".join(part for record in records for part in _paragraphs(record))


def rows(record: dict) -> list[tuple[str, ...]]:
    """The table's cells: a header, and a row for each precision and size of the batch."""
    return [_HEADER, *map(_row, record["accelerator"]["rows"])]


def _paragraphs(record):
    found, versions = record["accelerator"], record["versions"]
    device, model = found["device"], record["config"]["model"]
    memory = f" with {device['memory'] / 2**30:.0f} GiB" if device["memory"] else ""
    peaks = ", ".join(f"{name} {rate / 1e12:.3g}" for name, rate in found["peaks"].items())
    network = f"{model.get('architecture', 'paper')}, channels {tuple(model['channels'])}"
    yield (
        f"{device['devices']} × {device['kind']}{memory}, {network}, whole training steps; JAX "
        f"{versions['jax']}, commit {versions['commit']}. Large matrix products reach, in TFLOP/s: "
        f"{peaks}."
    )
    yield tables.markdown(rows(record))
    shares = found.get("profile", {}).get("shares")
    if shares:
        parts = "; ".join(f"{group} {share:.1%}" for group, share in shares.items())
        yield f"Where the time of a step of the first row goes: {parts}."


def _row(row):
    named = row["precision"], str(row["batch"])
    if "failed" in row:
        return (*named, row["failed"], "", "", "")
    return (
        *named,
        f"{row['images_per_second']:,.0f}".replace(",", " "),
        f"{row['share_of_peak']:.1%}",
        f"{row['temporary'] / 2**30:.2f} GiB",
        f"{row['compiling']:.0f} s",
    )
