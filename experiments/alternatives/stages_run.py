"""A run that measures the stages of a screening, and goes on where it was stopped."""

import pathlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from experiments.alternatives import stages
from experiments.alternatives.stages import Pairs
from experiments.alternatives.systems import System
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.splits import Splits
from imgforensics.evaluation import proposals, results
from imgforensics.inference.weights import Model
from imgforensics.testsets import build
from imgforensics.utils import atomic, machine
from imgforensics.verification import gate

GATE, VERIFIED = "gate", "verified"
QUICK = ("f", GATE)  # they look at all hard negatives, and others at a sample
# What is slow looks at a smaller share of the sample and of the copies.
_SHARES = {VERIFIED: (0.25, 1), "xfeat": (0.1, 1 / 6)}
_CHUNK = 500  # pairs, of a system that keeps much of each image and describes none beforehand
_SECONDS = 4.0  # that a system is timed for


class Task(NamedTuple):
    """What is looked at.

    Attributes:
        copies: sets of copies, by name.
        hard: negatives.
        each: of how many hard negatives that pass the gate, and of how many others, there is a
            sample; at most.
    """

    copies: Mapping[str, Pairs]
    hard: Pairs
    each: int


def prepare(
    model: Model,
    micrographs: Micrographs,
    split: Splits,
    size: int,
    nearest: int,
    each: int,
    folder: pathlib.Path,
) -> tuple[Task, dict]:
    """Draws copies of the test split, and its neighbours among crops of training and validation.

    Args:
        model: by whose f they are neighbours.
        micrographs, split: where the images come from.
        size: copies in each set, and images that have neighbours, at most.
        nearest: neighbours of each of these.
        each: see `Task`.
        folder: keeps the neighbours, which are not sought again.

    Returns:
        The task, and what a record tells about it.
    """
    copies = draw_copies(micrographs, split, size)
    queries, library = split.test[:size], np.concatenate([split.train, split.validation])
    path = folder / "neighbours.npy"
    if not path.exists():
        found = stages.neighbours(model, micrographs, queries, library, nearest)
        with atomic.writing(path, "wb") as file:
            np.save(file, found)
    negatives = stages.hard_negatives(micrographs, queries, library, np.load(path))
    about = {
        "hard": len(negatives.pairs),
        "queries": len(queries),
        "nearest": nearest,
        "crops": proposals.CROPS * len(library),
        "copies": {name: len(some.pairs) for name, some in copies.items()},
        "each": each,
    }
    return Task(copies, negatives, each), about


def draw_copies(micrographs: Micrographs, split: Splits, size: int) -> dict[str, Pairs]:
    """Sets of copies of the test split by name, of so many pairs at most."""
    copies = {}
    for edit in build.EDITS:
        name = f"test_{edit}"
        drawn = build.build(micrographs, splits=split, name=name, size=size, negatives=1, seed=0)
        pairs = drawn.pairs[drawn.is_copy]
        copies[name] = Pairs(drawn.images, pairs, drawn.sources[pairs[:, 0]], np.ones(len(pairs)))
    return copies


def run(
    task: Task,
    systems: Mapping[str, Callable[[], System]],
    folder: pathlib.Path,
    save: Callable[[dict[str, dict]], None],
) -> None:
    """What each system lets pass.

    Args:
        task: the pairs.
        systems: by name, the gate among them; each is made if it is needed.
        folder: keeps the distances by each system, which are not computed again.
        save: called after each system with what is known of all so far: of each system, and of the
            verified score of what passes the gate, its title and threshold, if it has one; how many
            `hard` negatives it saw, and the share that passes; for each set of copies likewise, and
            the share that is nearer than some of the hard negatives, see `stages.RATES`.
    """
    first = _distances(task, systems, folder, GATE, np.zeros(0))
    found, every = {}, {}
    for name, load in systems.items():
        every[name] = _distances(task, systems, folder, name, first["hard"])
        system = load()
        about = {"title": system.title, **system.facts}
        found[name] = about | _judge(task, name, every[name], first["hard"], system.threshold)
        if name == VERIFIED:
            after = {which: _after(every, which, task, first["hard"]) for which in every[name]}
            judged = _judge(task, name, after, first["hard"], system.threshold)
            found["cascade"] = {"title": "gate, then verified"} | judged
        save(found)


def speeds(
    task: Task, systems: Mapping[str, Callable[[], System]], seconds: float = _SECONDS
) -> dict:
    """CPU milliseconds that an image and a hard negative take by each system, and where."""
    timed = {name: stages.speed(load(), task.hard, seconds) for name, load in systems.items()}
    return {"machine": machine.describe(), "versions": results.versions(), "systems": timed}


def _after(every, which, task, gated) -> np.ndarray:
    """The verified score of what passes the gate; what doesn't is further off than anything."""
    passed = every[GATE][which] <= -gate.MIN_SUPPORT
    if which == "hard":
        passed = passed[_seen(task, VERIFIED, gated)[0]]
    return np.where(passed, every[VERIFIED][which], np.finfo(np.float64).max)


def _seen(task, name, gated) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the hard negatives that a system looks at, and how many each stands for."""
    if name in QUICK:
        return np.arange(len(task.hard.pairs)), task.hard.weights
    each = int(np.ceil(task.each * _SHARES.get(name, (1, 1))[0]))
    return stages.sample(gated <= -gate.MIN_SUPPORT, each, seed=0)


def _sets(task, name, gated) -> dict[str, Pairs]:
    """The pairs that a system looks at: copies of each set, and `hard` negatives."""
    share = _SHARES.get(name, (1, 1))[1]
    sets = {
        which: some.some(np.arange(int(np.ceil(share * len(some.pairs)))))
        for which, some in task.copies.items()
    }
    return sets | {"hard": task.hard.some(*_seen(task, name, gated))}


def _distances(task, systems, folder, name, gated) -> dict[str, np.ndarray]:
    path = folder / f"{name}.npz"
    if not path.exists():
        system = systems[name]()
        sets = _sets(task, name, gated)
        found = {which: _compare(system, some) for which, some in sets.items()}
        with atomic.writing(path, "wb") as file:
            np.savez(file, **found)
    with np.load(path) as saved:
        return dict(saved)


def _compare(system, some) -> np.ndarray:
    if system.describe:
        return np.asarray(system(some.images, some.pairs), np.float64)
    parts = [
        some.some(np.arange(start, min(start + _CHUNK, len(some.pairs))))
        for start in range(0, len(some.pairs), _CHUNK)
    ]
    return np.concatenate([system(part.images, part.pairs) for part in parts])


def _judge(task, name, distances, gated, threshold) -> dict:
    sets = _sets(task, name, gated)
    hard = sets.pop("hard")
    found = {"threshold": threshold, "hard": {"pairs": len(hard.pairs)}, "copies": {}}
    if threshold is not None:
        found["hard"] |= stages.share(distances["hard"], hard, threshold)
    for which, some in sets.items():
        found["copies"][which] = {"pairs": len(some.pairs)} | {
            f"at {rate}": stages.found_at(distances[which], some, distances["hard"], hard, rate)
            for rate in stages.RATES
        }
        if threshold is not None:
            found["copies"][which] |= stages.share(distances[which], some, threshold)
    return found
