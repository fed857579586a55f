"""Which networks are judged on which sets of pairs: what an entry to a contest has to be."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import ml_collections

from imgforensics.data import real_cases, sources, splits
from imgforensics.inference.weights import Model
from imgforensics.testsets import build, pair_sets
from imgforensics.testsets.build import EDITS
from imgforensics.testsets.pair_sets import PairSet
from imgforensics.utils.errors import UserError

REAL = "real"  # the set of a folder of classes


class Sets(NamedTuple):
    """Sets of pairs to be judged.

    Attributes:
        makers: what makes each set when it is needed, by name.
        tuned_on: the sets to judge on, and for each the one that thresholds are tuned on.
        facts: what a record tells about them, as plain values.
    """

    makers: dict[str, Callable[[], PairSet]]
    tuned_on: dict[str, str]
    facts: dict


def sets(
    data: ml_collections.ConfigDict,
    names: Sequence[str] | None,
    real: str | os.PathLike | None,
    size: int,
    negatives: int,
    seed: int,
) -> Sets:
    """Prepares sets of pairs; the micrographs are read at once.

    Args:
        data: of the micrographs and their splits, as `config.data`.
        names: of the sets, see `build.build`, and `real`; None for all of the test split and of
            the classes that are held out, if any.
        real: folder of classes, which adds the set `real`.
        size, negatives, seed: of each set.

    Raises:
        UserError: there is no such set, or what it is made of is missing.
    """
    for name in names or ():
        if name != REAL:
            build.check(name)
    if REAL in (names or ()) and real is None:
        raise UserError(f"the set {REAL!r} needs a folder of classes: name one with --real")
    micrographs = sources.load(data)
    split = splits.of(micrographs, data, trained=True)
    if names is None:
        parts = ("test", "held_out") if len(split.held_out) else ("test",)
        names = [f"{part}_{edit}" for part in parts for edit in EDITS]
    if real is not None and REAL not in names:
        names = [*names, REAL]
    edits = (name.rpartition("_")[2] for name in names)
    tuned_on = {
        name: f"validation_{edit if edit in EDITS else EDITS[0]}"
        for name, edit in zip(names, edits)
    }

    def maker(name):
        if name != REAL:
            return lambda: build.build(
                micrographs, splits=split, name=name, size=size, negatives=negatives, seed=seed
            )
        cases = real_cases.read_cases(real)
        return lambda: pair_sets.of_cases(
            name, cases=cases, size=size, negatives=negatives, seed=seed
        )

    facts = {
        "size": size,
        "negatives": negatives,
        "seed": seed,
        "split": list(data.split),
        "split_seed": data.split_seed,
        "held_out": list(data.get("held_out", ())),
        "read": micrographs.summary,
    }
    makers = {name: maker(name) for name in dict.fromkeys([*tuned_on.values(), *tuned_on])}
    return Sets(makers, tuned_on, facts)


def seen(
    models: Mapping[str, Model], data: ml_collections.ConfigDict, names: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Which networks can't be judged on which sets, and why: what they were trained on is in them.

    Args:
        models: by name.
        data: of the sets, as `config.data`.
        names: of the sets.

    Raises:
        UserError: a network was trained on another split of a source of the same kind.
    """
    found = {}
    for name, model in models.items():
        its = model.config.data
        if its.source != data.source:
            continue
        if (tuple(its.split), its.split_seed) != (tuple(data.split), data.split_seed):
            raise UserError(
                f"{name} was trained on another split than the first network: its training images "
                "would be among the test's; judge it by itself"
            )
        if missing := set(data.get("held_out", ())) - set(its.get("held_out", ())):
            why = f"trained on {', '.join(sorted(missing))}"
            found |= {(name, which): why for which in names if which.startswith("held_out_")}
    return found
