"""Systems that tell copies from other pairs, judged on the same sets in the same way.

The threshold of a system is tuned on the pairs of a validation set that is made like the set it is
judged on, for each kind of negatives apart: every system is shown at its best.
"""

import functools
import importlib.metadata
import os
import pathlib
import platform
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.alternatives.shares import shares
from experiments.alternatives.systems import System
from imgforensics.evaluation import results
from imgforensics.metrics import intervals, ranking
from imgforensics.testsets import pair_sets
from imgforensics.testsets.pair_sets import NEGATIVES, PairSet
from imgforensics.utils.errors import UserError

# Comparisons are timed again until they took so many seconds together, and twice at least, since
# the first may have to compile, unless one is as slow as this.
_MIN_SECONDS, _SLOW_SECONDS = 0.2, 2.0


def run(
    record: dict,
    systems: Mapping[str, Callable[[], System]],
    sets: Mapping[str, Callable[[], PairSet]],
    tuned_on: Mapping[str, str],
    save: Callable[[dict], None],
    machine: Mapping[str, Any],
    skip: Mapping[tuple[str, str], str] | None = None,
) -> dict:
    """Judges each system on each set, and goes on where an earlier run was stopped.

    Args:
        record: of an earlier run, or a new one; what it has of the same system and the same set is
            left as it is. `sets` and `systems` are filled in.
        systems: by name, each loaded when it is its turn.
        sets: by name, each made when it is needed, among them those to tune on.
        tuned_on: the sets to judge on, and for each the one that thresholds are tuned on.
        save: called with the record after each system and set.
        machine: that measures, as plain values.
        skip: of some systems and sets, why they are not measured.

    Returns:
        The record.

    Raises:
        UserError: a set differs from that of the earlier run.
    """
    made = {}

    def fetch(name):
        if name not in made:
            made[name] = sets[name]()
            about = pair_sets.describe(made[name])
            if record["sets"].setdefault(name, about) != about:
                raise UserError(
                    f"the pairs of {name} are not those of the record: "
                    "remove it, or name another file"
                )
        return made[name]

    for name, load in systems.items():
        system = load()
        entry = _entry(record, name, system)
        # A set that thresholds are tuned on may be one of those to judge on, too.
        scored = functools.cache(lambda which, system=system: measure(system, fetch(which)))
        for which, tuning in tuned_on.items():
            if why := (skip or {}).get((name, which)):
                entry["left_out"][which] = why
            elif which not in entry["sets"]:
                if tuning not in entry["tuned"]:
                    distances, cost = scored(tuning)
                    entry["tuned"][tuning] = tune(distances, fetch(tuning))
                    entry.setdefault("tuning", {})[tuning] = cost  # old records have none
                distances, cost = scored(which)
                judged = judge(distances, fetch(which), entry["tuned"][tuning], system.threshold)
                about = {
                    "tuned_on": tuning, "cost": cost, "machine": machine, "versions": versions()
                }  # fmt: skip
                entry["sets"][which] = about | judged
            save(record)
    return record


def _entry(record, name, system):
    """What a record has of a system: nothing, if it was another one of that name."""
    about = {"title": system.title, **system.facts}
    if record["systems"].get(name, {}).get("about") != about:
        record["systems"][name] = {
            "about": about, "tuned": {}, "tuning": {}, "sets": {}, "left_out": {}
        }  # fmt: skip
    return record["systems"][name]


def measure(system: System, pairs: PairSet) -> tuple[np.ndarray, dict]:
    """Scores a set of pairs, and times it.

    Args:
        system: what scores.
        pairs: the set.

    Returns:
        Distances, float64 [m]; and the seconds that the description of all images and the
        comparison of all pairs took, with images and pairs per second. What takes no time to
        speak of is repeated, and the quickest counts. Where images are not described, there are
        no images per second: all is comparing.

    Raises:
        UserError: distances are not finite.
    """
    system(pairs.images[:2], np.array([[0, 1]]))  # what is compiled or loaded at first
    descriptions, described = pairs.images, 0.0
    if system.describe:
        start = time.perf_counter()
        descriptions = system.describe(pairs.images)
        described = time.perf_counter() - start
    each = []
    total = 0.0
    while total < _MIN_SECONDS or (len(each) < 2 and total < _SLOW_SECONDS):
        start = time.perf_counter()
        distances = system.compare(descriptions, pairs.pairs)
        each.append(time.perf_counter() - start)
        total += each[-1]
    compared = min(each)
    distances = np.asarray(distances, np.float64)
    ranking.check_finite(distances, f"distances by {system.title}")
    return distances, {
        "describing": described,
        "comparing": compared,
        "images_per_second": len(pairs.images) / described if system.describe else None,
        "pairs_per_second": len(pairs.pairs) / compared,
    }


def tune(distances: np.ndarray, pairs: PairSet) -> dict:
    """The threshold of the highest balanced accuracy, for each kind of negatives that there is.

    Args:
        distances: float [m].
        pairs: the set.
    """
    return {
        kind: best_cut(distances[pairs.is_copy], distances[pairs.kind == kind])
        for kind in NEGATIVES
        if (pairs.kind == kind).any()
    }


def best_cut(copies: np.ndarray, others: np.ndarray) -> float:
    """The number that parts copies (at most it) and others (above) with the best balanced accuracy.

    It lies half-way between two neighbouring distances, or beyond them all, less one unit in the
    last place: another set's distance that is half-way is no copy's. Of several equally good ones
    it is the middle one, which is the likeliest to be good elsewhere.

    Args:
        copies: float [p], distances.
        others: float [q].
    """
    levels = np.unique(np.concatenate([copies, others]))
    cuts = np.concatenate([[levels[0] - 1], (levels[1:] + levels[:-1]) / 2, [levels[-1] + 1]])
    cuts = np.nextafter(cuts, -np.inf)
    true, false = (
        np.searchsorted(np.sort(some), cuts, side="right") / len(some) for some in (copies, others)
    )
    best = np.flatnonzero(np.isclose(true - false, (true - false).max(), rtol=0, atol=1e-12))
    return float(cuts[best[len(best) // 2]])


def judge(
    distances: np.ndarray, pairs: PairSet, tuned: Mapping[str, float], own: float | None = None
) -> dict:
    """What the distances of a set tell, for each kind of negatives apart.

    Args:
        distances: float [m].
        pairs: the set.
        tuned: a threshold for each kind of negatives; where there is none for a kind that the set
            has, it is that for random ones.
        own: the threshold that a system has without being tuned, if any.

    Returns:
        For each kind of negatives that the set has: the threshold, accuracy there (copies and
        others being equally frequent), AUC, average precision and true-positive rates at fixed
        false-positive rates, each with a bootstrap over source images as its interval; and with an
        own threshold the accuracy there. Of a set with groups also `groups`, the shares of each
        that are found, see `shares.shares`. Plain values.
    """
    judged = {}
    for kind in NEGATIVES:
        if not (pairs.kind == kind).any():
            continue
        threshold = tuned.get(kind, tuned["random"])
        judged[kind] = {"threshold": threshold, **_report(distances, pairs, kind, threshold)}
        if own is not None:
            at_own = _report(distances, pairs, kind, own)
            judged[kind]["own"] = {
                "threshold": own,
                "accuracy": at_own["accuracy"],
                "interval": at_own["interval"],
                "operating_point": at_own["operating_points"][0],
            }
    if pairs.group is not None:
        judged["groups"] = shares(distances, pairs, _weights(pairs))
    return judged


def open_record(path: str | os.PathLike, facts: Mapping[str, Any]) -> dict:
    """The record at a path, to be gone on with, or a new one where there is none.

    Args:
        path: of a JSON file.
        facts: what the record shall tell about its sets, as plain values.

    Raises:
        UserError: what is there is no such record, or one of other sets.
    """
    if pathlib.Path(path).exists():
        record = results.read(path)
        if record.get("contest") != facts:
            raise UserError(f"{path} is a record of other sets: remove it, or name another file")
        return record
    return {"contest": dict(facts), "sets": {}, "systems": {}, "versions": versions()}


def versions() -> dict:
    """What measures: versions of Python and of packages, and the commit of the source tree.

    A record has those that it was begun with; what is added later on has its own.
    """
    packages = ("jax", "numpy", "opencv-python-headless", "imgforensics")
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
        "commit": results.commit(),
    }


def _report(distances, pairs, kind, threshold):
    """`ranking.report` of copies and one kind of negatives, with a threshold in the place of 1."""
    f = distances - threshold + 1
    kinds = [pairs.is_copy, pairs.kind == kind]
    exact = ranking.histogram(*(f[which] for which in kinds))
    place = np.searchsorted(exact.edges, f, side="left")
    weights = _weights(pairs)
    replicates = [weights[:, which] @ np.eye(len(exact.edges) + 1)[place[which]] for which in kinds]
    report = ranking.report(exact, ranking.Histogram(exact.edges, *replicates))
    for point in report["operating_points"]:
        point.pop("false_pairs", None)
        if point["threshold"] is not None:
            point["threshold"] += threshold - 1
    report["operating_points"][0]["name"] = "threshold"
    return {name: value for name, value in report.items() if name not in ("curve", "band")}


def _weights(pairs):
    """How often each pair is in each bootstrap replicate over source images, [R, m].

    As in `pairwise.count`: the product of how often two sources were drawn, and what is within one
    source as often as that was.
    """
    group = intervals.groups(pairs.sources)
    drawn = intervals.multiplicities(group.max() + 1)
    first, second = group[pairs.pairs].T
    return np.where(first == second, drawn[:, first], drawn[:, first] * drawn[:, second])
