"""Networks and what one would pick in their place, side by side on the same pairs."""

from imgforensics.evaluation import table1
from imgforensics.evaluation.pair_sets import EDITS, SPLITS

_SPLITS = dict(zip(SPLITS, ("validation", "test", "classes held out")))
_EDITS = dict(zip(EDITS, ("V01", "V02", "composite")))
_KINDS = {"random": "random", "same_class": "same class", "same_source": "same source"}


def markdown(record: dict) -> str:
    """All that the README shows of a record: two tables, and how they were made.

    The first table has the areas under the ROC curve on each set, for each kind of negatives. The
    second has further numbers on the first set, and what systems cost.

    Args:
        record: what experiments.baselines wrote.
    """
    return _join(record, table1.markdown)


def plain(record: dict) -> str:
    """The same for a terminal."""
    return _join(record, table1.plain)


def areas(record: dict, sets: list[str]) -> list[tuple[str, ...]]:
    """Rows of equally many cells: a header, and for each system the areas on each set."""
    rows = [("", *map(title, sets))]
    for system in record["systems"].values():
        cells = (_areas(system["sets"].get(name)) for name in sets)
        rows.append((system["about"]["title"], *cells))
    return rows


def details(record: dict, name: str) -> list[tuple[str, ...]]:
    """Rows of equally many cells: a header, and for each system that was judged on a set one."""
    rows = [
        ("", "balanced accuracy, random", "same class", "TPR at FPR 1 %", "at 0.1 %",
         "parameters", "operations an image", "images/s", "pairs/s"),
    ]  # fmt: skip
    for system in record["systems"].values():
        if (judged := system["sets"].get(name)) is None:
            continue
        about, random = system["about"], judged["random"]
        rows.append(
            (
                about["title"],
                _cell(random, "accuracy", "interval"),
                _cell(judged["same_class"], "accuracy", "interval")
                if "same_class" in judged
                else "",
                *(
                    _cell(point, "true_positive_rate", "true_positive_interval")
                    for point in random["operating_points"][1:3]
                ),
                _short(about.get("parameters")),
                _short(about.get("flops")),
                _short(judged["cost"]["images_per_second"]),
                _short(judged["cost"]["pairs_per_second"]),
            )
        )
    return rows


def footer(record: dict, sets: list[str]) -> str:
    """A paragraph on the sets, the command, the seed, the machine, the time and the versions."""
    facts, machine = record["contest"], record["contest"]["machine"]
    networks = [name for name, each in record["systems"].items() if "step" in each["about"]]
    command = "python -m experiments.baselines --folder=FOLDER"
    if networks:
        command += f" --weights={','.join(f'{name}=W' for name in networks)}"
    command += f" --size={facts['size']} --negatives={facts['negatives']} --seed={facts['seed']}"
    if "real" in sets:
        command += " --real=FOLDER"
    seconds = sum(
        judged["cost"]["describing"] + judged["cost"]["comparing"]
        for system in record["systems"].values()
        for judged in system["sets"].values()
    )
    of_sets = "; ".join(_pairs(name, record["sets"][name]) for name in sets)
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return (
        f"Copies, and negatives of each kind: {of_sets}. Thresholds are tuned on validation pairs "
        "that are made alike; intervals are bootstraps over source images; images/s are described "
        "images, in all views that a system needs. Made by "
        f"`{command} --out=results/baselines.json` on {machine['cores']} core(s) of "
        f"{machine['cpu']} in {seconds / 60:.0f} minutes of judging ({versions})."
    )


def title(name: str) -> str:
    """What the table calls a set."""
    split, _, edit = name.rpartition("_")
    return f"{_SPLITS[split]}, {_EDITS[edit]}" if split in _SPLITS else name


def _join(record, layout):
    sets = [name for name in record["sets"] if _judged(record, name)]
    parts = (
        f"Areas under the ROC curve with negatives {' / '.join(_KINDS.values())}:",
        layout(areas(record, sets)),
        f"On the pairs of {title(sets[0])}, and what it takes:",
        layout(details(record, sets[0])),
        footer(record, sets),
    )
    return "\n\n".join(parts)


def _judged(record, name):
    return any(name in system["sets"] for system in record["systems"].values())


def _pairs(name, about):
    negatives = ", ".join(str(about["pairs"][kind]) for kind in _KINDS if about["pairs"][kind])
    return f"{title(name)} {about['pairs']['copy']}; {negatives}"


def _areas(judged):
    if judged is None:
        return ""
    return " / ".join(f"{judged[kind]['auc']:.3f}" for kind in _KINDS if kind in judged)


def _cell(measured, name, interval):
    if measured[name] is None:
        return "too few pairs"
    low, high = measured[interval]
    return f"{measured[name]:.3f} [{low:.3f}, {high:.3f}]"


def _short(number):
    """Two digits or more, with a unit: 1.25 G, 439 M, 8.84 M, 21.0 k, 340, 2.30."""
    if number is None:
        return ""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            number, suffix = number / size, unit
            break
    else:
        suffix = ""
    return f"{number:.{0 if number >= 100 else 1 if number >= 10 else 2}f}{suffix}"
