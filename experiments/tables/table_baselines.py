"""Networks and what one would pick in their place, side by side on the same pairs."""

import itertools
import statistics

from imgforensics.reports import tables
from imgforensics.testsets import single, strengths
from imgforensics.testsets.build import BLOTS, EDITS, SINGLE, SPLITS

_SPLITS = dict(zip((*SPLITS, BLOTS), ("validation", "test", "classes held out", "drawn blots")))
_EDITS = dict(zip((*EDITS, SINGLE), ("V01", "V02", "composite", "single manipulations")))
_TOO_FEW = "too few pairs"
_RATE, _FOUND = 0.01, ("random", "same_class")  # a point of the record, and negatives to show it of
_KINDS = {"random": "random", "same_class": "same class", "same_source": "same source"}


def markdown(record: dict) -> str:
    """All that the README shows of a record: its tables, and how they were made.

    The first table has the areas under the ROC curve on each set, for each kind of negatives. The
    second has further numbers on the first set, the third what systems cost. Sets of single
    manipulations have a table of their own.

    Args:
        record: what experiments.baselines wrote.
    """
    *tables_of, made = _parts(record, tables.markdown)
    return "\n\n".join([*tables_of, tables.fold("How this was made", made)])


def plain(record: dict) -> str:
    """The same for a terminal."""
    return "\n\n".join(_parts(record, tables.plain))


def areas(record: dict, sets: list[str]) -> list[tuple[str, ...]]:
    """Rows of equally many cells: a header, and for each system the areas on each set."""
    rows = [("", *map(title, sets))]
    for system in record["systems"].values():
        cells = (_areas(system["sets"].get(name)) for name in sets)
        rows.append((system["about"]["title"], *cells))
    return rows


def rates(record: dict, name: str) -> list[tuple[str, ...]]:
    """Rows of equally many cells: a header, and for each system that was judged on a set one.

    Columns that would tell nothing of any system are left out.
    """
    rows = [("", "balanced accuracy, random", "same class", "TPR at FPR 1 %", "at 0.1 %")]
    for about, judged in _on(record, name):
        random = judged["random"]
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
            )
        )
    return _telling(rows)


def found(record: dict, sets: list[str]) -> list[tuple[str, ...]]:
    """Likewise the copies that each system finds on each set where 1 % of negatives pass.

    Of negatives at random and of the same class, as far as a set has a hundred of them.
    """
    rows = [("", *map(title, sets))]
    for system in record["systems"].values():
        cells = (_found(system["sets"].get(name)) for name in sets)
        rows.append((system["about"]["title"], *cells))
    return _telling(rows)


def costs(record: dict, name: str) -> list[tuple[str, ...]]:
    """Likewise, what each system takes."""
    rows = [("", "parameters", "operations an image", "images/s", "pairs/s")]
    for about, judged in _on(record, name):
        numbers = about.get("parameters"), about.get("flops")
        speeds = judged["cost"]["images_per_second"], judged["cost"]["pairs_per_second"]
        rows.append((about["title"], *map(_short, numbers + speeds)))
    return _telling(rows)


def single_manipulations(record: dict, name: str) -> list[tuple[str, ...]]:
    """Rows of equally many cells: a header, and for each manipulation the shares that are found.

    They are means over the strengths, without those at which the copy is the anchor, or no copy.

    Args:
        record: what experiments.baselines wrote.
        name: of a set of single manipulations.
    """
    found = shares(record, name)
    rows = [("", *map(_brief, found))]
    for manipulation, about in strengths.MANIPULATIONS.items():
        counted = set(about.strengths) - {about.neutral, about.no_copy}
        cells = (
            [point["share"] for point in points[manipulation] if point["strength"] in counted]
            for points in found.values()
        )
        rows.append((manipulation, *(f"{statistics.mean(cell):.2f}" for cell in cells)))
    return rows


def shares(record: dict, name: str) -> dict[str, dict]:
    """Of the systems by their titles, how many copies by single manipulations each found.

    Args:
        record: what experiments.baselines wrote.
        name: of a set of single manipulations.

    Returns:
        What `shares.shares` gave, without systems that found out nothing.
    """
    return {
        system["about"]["title"]: found
        for system in record["systems"].values()
        if (found := system["sets"].get(name, {}).get("groups"))
    }


def singles(record: dict) -> list[str]:
    """The sets of single manipulations that some system was judged on."""
    return [name for name in record["sets"] if shares(record, name)]


def footer(record: dict, sets: list[str]) -> str:
    """A paragraph on the sets, the commands, the seed, the machines, the time and the versions."""
    of_sets = "; ".join(_pairs(name, record["sets"][name]) for name in sets)
    seconds, work = _time(record["systems"].values())
    found = ", ".join(
        f"{name} {' and '.join(each)}" for name, each in _versions(record).items() if each
    )
    explained = (
        "Thresholds are tuned on validation pairs that are made alike; intervals are bootstraps "
        "over source images; images/s are described images, in all views that a system needs. "
    )
    return (
        f"Copies, and negatives of each kind: {of_sets}. "
        f"{explained if set(sets) - set(singles(record)) else ''}"
        f"Made by {_commands(record, sets)} on "
        f"{_machines(record['systems'].values())} in {seconds / 60:.0f} minutes of {work} "
        f"({found})."
    )


def title(name: str) -> str:
    """What the table calls a set."""
    split, _, edit = name.rpartition("_")
    return f"{_SPLITS[split]}, {_EDITS[edit]}" if split in _SPLITS else name


def _parts(record, layout):
    """Tables under what they show, and at last how they were made."""
    kinds = " / ".join(_KINDS[kind] for kind in _FOUND)
    sets = [name for name in record["sets"] if _judged(record, name)]
    sets.sort(key=lambda name: name.startswith("validation"))  # last, being tuned on itself
    parts = []
    if mixed := [name for name in sets if name not in singles(record)]:
        parts += [
            f"Areas under the ROC curve with negatives {' / '.join(_KINDS.values())}:",
            layout(areas(record, mixed)),
            f"On the pairs of {title(mixed[0])}:",
            layout(rates(record, mixed[0])),
            *_captioned(
                f"Copies found at a false-positive rate of {_RATE:.0%} with negatives {kinds}:",
                found(record, mixed),
                layout,
            ),
            "What it takes:",
            layout(costs(record, mixed[0])),
        ]
    for name in singles(record):
        parts += [
            f"Copies found at a false-positive rate of {single.RATE:.0%}, {title(name)}, means "
            "over strengths:",
            layout(single_manipulations(record, name)),
        ]
    return [*parts, footer(record, sets)]


def _captioned(caption, rows, layout):
    """A table under its caption, unless it has no column."""
    return [caption, layout(rows)] if len(rows[0]) > 1 else []


def _on(record, name):
    """What is known of each system that was judged on a set, and what it was measured to do."""
    for system in record["systems"].values():
        if name in system["sets"]:
            yield system["about"], system["sets"][name]


def _telling(rows):
    """The columns that tell something of some system."""
    told = [not set(column[1:]) <= {"", _TOO_FEW} for column in zip(*rows, strict=True)]
    return [tuple(itertools.compress(row, told)) for row in rows]


def _brief(title):
    """A system's title for a narrow column: of "SIFT and MAGSAC" SIFT, of "mine, verified" that."""
    return title.split(" and ")[0].split(", ")[-1]


def _judged(record, name):
    return any(name in system["sets"] for system in record["systems"].values())


def _commands(record, sets):
    """The command of the first systems, and what differs in those of systems with other sets.

    All commands have the networks, since the first one tells how the micrographs are split.
    """
    facts, systems = record["contest"], record["systems"]
    networks = [name for name, each in systems.items() if "step" in each["about"]]
    groups = {}
    for name, each in systems.items():
        chosen = tuple(one for one in sets if one in each["sets"] or one in each["left_out"])
        # What is made beside a network, or is one, is no baseline to choose.
        groups.setdefault(chosen, []).extend([name] if "packages" in each["about"] else [])
    first, *others = (
        f"--systems={','.join(names)} --sets={','.join(chosen)}"
        for chosen, names in groups.items()
        if chosen
    )
    command = "python -m experiments.baselines --folder=FOLDER"
    if networks:
        command += f" --weights={','.join(f'{name}=W' for name in networks)}"
    command += f" {first} --size={facts['size']} --negatives={facts['negatives']}"
    command += f" --seed={facts['seed']}"
    if "real" in sets:
        command += " --real=FOLDER"
    if "sscd" in systems:
        command += " --sscd=FILE.onnx"
    text = f"`{command} --out=OUT.json`"
    return text + "".join(f" and again with `{each}`" for each in others)


def _time(systems):
    """Seconds, and of what they were; older records don't have those of the tuning."""
    costs = [judged["cost"] for each in systems for judged in each["sets"].values()]
    complete = all(each["tuned"].keys() <= each.get("tuning", {}).keys() for each in systems)
    if complete:
        costs += [
            cost
            for each in systems
            for name, cost in each["tuning"].items()
            if name not in each["sets"]  # else it was measured once, for both
        ]
    seconds = sum(cost["describing"] + cost["comparing"] for cost in costs)
    return seconds, "tuning and judging" if complete else "judging"


def _machines(systems):
    """The machines that timed something, with the systems of each where there are several."""
    found = {}
    for each in systems:
        for judged in each["sets"].values():
            machine = f"{judged['machine']['cores']} core(s) of {judged['machine']['cpu']}"
            found.setdefault(machine, {})[each["about"]["title"]] = None  # in order, once each
    if len(found) == 1:
        return next(iter(found))
    return " and ".join(f"{machine} ({', '.join(titles)})" for machine, titles in found.items())


def _versions(record):
    """The versions that something was judged with, in order, by the name of the package.

    Older records have those of their beginning only.
    """
    found = {}
    for each in record["systems"].values():
        for judged in each["sets"].values():
            own = judged.get("versions", record["versions"])
            for name, version in (own | each["about"].get("packages", {})).items():
                known = found.setdefault(name, [])
                known += [version] if version and version not in known else []
    return found


def _pairs(name, about):
    negatives = ", ".join(str(about["pairs"][kind]) for kind in _KINDS if about["pairs"][kind])
    return f"{title(name)} {about['pairs']['copy']}; {negatives}"


def _areas(judged):
    if judged is None:
        return ""
    return " / ".join(f"{judged[kind]['auc']:.3f}" for kind in _KINDS if kind in judged)


def _found(judged):
    points = {
        kind: judged[kind]["operating_points"][1] for kind in _FOUND if judged and kind in judged
    }
    if all(point["true_positive_rate"] is None for point in points.values()):
        return ""
    return " / ".join(
        _cell(point, "true_positive_rate", "true_positive_interval") for point in points.values()
    )


def _cell(measured, name, interval):
    if measured[name] is None:
        return _TOO_FEW
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
