"""How long verification takes, for docs/compare.md."""

from imgforensics.reports import tables

_SINGLE, _NINE, _FIRST = 3, 5, 8  # seconds of a comparison
_PER_MINUTE, _PER_SECOND = 600, 10  # pairs


def markdown(records: list[dict]) -> str:
    """The table of the last record that `experiments.verification_speed` wrote."""
    record = records[-1]
    told, machine = record["speed"], record["machine"]
    compared, scored, evidence = told["compare"], told["score_pairs"], told["evidence"]
    rows = [("what", "time or rate", "target")]
    for kind, each in compared["warm"].items():
        most = _NINE if kind.startswith("nine") else _SINGLE
        rows.append((f"`compare` of {kind}", *_seconds(each["median"], most)))
    rows.append(("the first time, with nothing compiled", *_seconds(compared["first"], _FIRST)))
    what = f"`score_pairs` with all scores, {scored['pairs']} pairs, half of them different"
    rows.append((what, *_rate(scored["per_minute"], "minute", _PER_MINUTE)))
    for name, title in (("prepared", "images prepared"), ("unprepared", "images as they come")):
        what = f"evidence of different pairs, {title}"
        rows.append((what, *_rate(evidence[name], "second", _PER_SECOND)))
    return f"On {machine['cores']} cores of {machine['cpu']}.\n\n{tables.markdown(rows)}"


def _seconds(value: float, most: float) -> tuple[str, str]:
    return f"{value:.1f} s", f"≤ {most} s, {_verdict(value <= most)}"


def _rate(value: float, unit: str, least: float) -> tuple[str, str]:
    digits = 0 if value >= 100 else 1
    return f"{value:.{digits}f} pairs a {unit}", f"≥ {least}, {_verdict(value >= least)}"


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"
