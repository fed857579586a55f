"""The benchmark's table: our rates beside those of the peers, and targets, met or missed."""

from imgforensics.reports import tables

_PROFILE = "profile"  # the part that has no rows
_HEADER = ("what", "ours", "instead", "ratio", "target")


def rows(record: dict) -> list[tuple[str, ...]]:
    """The table's cells: a header, and rows for each part that a record has.

    Args:
        record: what experiments.benchmark wrote.

    Returns:
        Rows of equally many cells. Every target stands in one of them.
    """
    found = [_HEADER]
    for part, measured in record["benchmark"].items():
        if part == _PROFILE:  # told by a sentence
            continue
        targets = {}
        for target in record["targets"]:
            if target["part"] == part:
                before = f"{targets[target['name']]}; " if target["name"] in targets else ""
                targets[target["name"]] = before + _target(target)
        found += [
            (what, ours, instead, ratio, targets.pop(name, ""))
            for what, ours, instead, ratio, name in _ROWS[part](measured)
        ]
        if targets:
            raise ValueError(f"no row of {part} shows the targets {list(targets)}")
    return found


def conditions(record: dict) -> str:
    """A sentence on how, where and with what the timings were made."""
    machine, versions = record["machine"], record["versions"]
    text = (
        f"Medians of {record['repeats']} timings in turns, on {machine['cores']} cores of "
        f"{machine['cpu']}, with JAX {versions['jax']}, PyTorch {versions['torch']}, kornia "
        f"{versions['kornia']} and FAISS {versions['faiss-cpu']}."
    )
    if "training" in record["benchmark"]:
        peak = record["benchmark"]["training"]["peak"]["per_second"]
        text += f" Large matrix products reach {peak / 1e9:.0f} GFLOP/s here."
    return text


def profile(record: dict) -> str:
    """A sentence on where a train step's time goes, or nothing where that was not measured."""
    if _PROFILE not in record["benchmark"]:
        return ""
    measured = record["benchmark"][_PROFILE]
    shares = sorted(measured["shares"].items(), key=lambda item: -item[1])
    parts = "; ".join(f"{group} {share:.1%}" for group, share in shares)
    return f"Where the time of a train step goes ({measured['seconds']:.1f} s, profiled): {parts}."


def plain(record: dict) -> str:
    """Conditions, table and profile for a terminal."""
    return _joined(conditions(record), tables.plain(rows(record)), profile(record))


def markdown(record: dict) -> str:
    """Conditions, table and profile in Markdown."""
    return _joined(conditions(record), tables.markdown(rows(record)), profile(record))


def _joined(*paragraphs):
    return "\n\n".join(filter(None, paragraphs))


def _compared(what, measured, name=None):
    """A row for each peer; the first has what is compared, and its target."""
    ours = _rate(measured["ours"])
    for peer, theirs in measured["peers"].items():
        ratio = measured["ratios"][peer]["median"]
        yield what, ours, f"{peer}: {_rate(theirs)}", f"{ratio:.2f}×", name
        what = ours = name = ""


def _manipulations(measured):
    return _compared("manipulations", measured, "rate to scikit-image and Pillow")


def _training(measured):
    yield from _compared("train step", measured, "rate to PyTorch")
    yield from _compared("train step, ready-made batches", measured["ready_made"])
    share = measured["manipulations"]["share_of_step"]
    name = "manipulations' share of a step"
    yield name, f"{share:.1%}", "", "", name


def _start(measured):
    commands = measured["first_lines"]
    slowest = max(commands, key=lambda name: commands[name]["median"])
    name = "first line of the slowest command"
    yield f"{name}, {slowest}", f"{commands[slowest]['median']:.2f} s", "", "", name
    runs = measured["runs"]
    cold, warm = (f"{runs[kind]:.0f} s" for kind in ("cold", "warm"))
    what = "a run of one small step with a filled cache"
    yield what, warm, f"with an empty one: {cold}", f"{runs['cold'] / runs['warm']:.2f}×", None


def _memory(measured):
    name = "peak memory of a step"
    yield name, _gibibytes(measured["peak"]), "", "", name
    if "temporary_remat" in measured:
        yield _less(
            "temporary memory of a step with rematerialisation",
            "without",
            measured["temporary_remat"],
            measured["temporary"],
        )
    if "host_fed" in measured:
        (few, small), (many, large) = measured["host_fed"].items()
        what = f"peak memory of a small run on {int(many):,} images on disk".replace(",", " ")
        yield _less(what, f"on {int(few):,}".replace(",", " "), large, small)


def _less(what, other, ours, theirs):
    """A row of two amounts of memory."""
    return what, _gibibytes(ours), f"{other}: {_gibibytes(theirs)}", f"{ours / theirs:.2f}×", None


def _gibibytes(amount):
    return f"{amount / 2**30:.2f} GiB" if amount < 2**30 else f"{amount / 2**30:.1f} GiB"


_ROWS = {
    "manipulations": _manipulations,
    "training": _training,
    "embedding": lambda measured: _compared("embedding", measured, "rate to PyTorch"),
    "search": lambda measured: _compared("search", measured, "rate to FAISS"),
    "start": _start,
    "memory": _memory,
}


def _rate(measured):
    per_second, unit = measured["per_second"], measured["unit"]
    if per_second >= 1e6:
        per_second, unit = per_second / 1e6, f"million {unit}"
    digits = 0 if per_second >= 100 else 1
    text = f"{per_second:,.{digits}f} {unit}/s".replace(",", " ")
    if "share_of_peak" in measured:
        text += f", {measured['share_of_peak']:.0%} of the peak"
    return text


def _target(judged):
    sign = "≥" if judged["at_least"] else "≤"
    verdict = "met" if judged["met"] else "**missed**"
    aim = "aim " if judged.get("aim") else ""
    return f"{aim}{sign} {judged['bound']:g}{judged['unit']}, {verdict}"
