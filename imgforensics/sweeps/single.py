"""Points of a sweep in this process: train, judge, and leave what was measured."""

import contextlib
import fcntl
import json
import os
import pathlib
import time
from collections.abc import Iterator, Sequence

import ml_collections
import numpy as np

from imgforensics.data import sources, splits
from imgforensics.evaluation import results, synthetic
from imgforensics.metrics import ranking
from imgforensics.sweeps.points import Point
from imgforensics.training import checkpoints, loop, rundir, vmapped
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

# What all points of a sweep are judged on, whatever they were trained on.
_TASK = ("data", "manipulations", "validation_triplets", "evaluation")


def folder(workdir: str | os.PathLike, point: Point) -> pathlib.Path:
    """Where a point's run, log and result lie in the sweep's folder."""
    return pathlib.Path(workdir) / "points" / point.name


def run_folder(workdir: str | os.PathLike, point: Point) -> pathlib.Path:
    """The workdir of a point's training."""
    return folder(workdir, point) / "run"


def log(workdir: str | os.PathLike, point: Point) -> pathlib.Path:
    """What a point's process prints."""
    return folder(workdir, point) / "log.txt"


def begun(workdir: str | os.PathLike, points: Sequence[Point]) -> rundir.Devices | None:
    """What a point was begun on, see `rundir.devices_of`; several are trained on one device."""
    return rundir.devices_of(run_folder(workdir, points[0])) if len(points) == 1 else None


def run(
    workdir: str | os.PathLike, points: Sequence[Point], base: ml_collections.ConfigDict
) -> None:
    """Trains points, or goes on with them, and judges them; leaves those that have a result.

    Args:
        workdir: the sweep's folder.
        points: what to train: one, or several that `vmapped.train` can take together.
        base: the config that the sweep starts from, whose task all points are judged on.

    Raises:
        UserError: another process runs one of them, or as by `loop.train`.
        Interrupted: as by `loop.train`.
    """
    with contextlib.ExitStack() as stack:
        for point in points:
            stack.enter_context(_alone(folder(workdir, point)))
        points = [point for point in points if result(workdir, point, base) is None]
        failures, records = {}, {}
        with _timed([folder(workdir, point) / "seconds.json" for point in points]):
            runs = [run_folder(workdir, point) for point in points]
            if len(points) == 1:
                loop.train(points[0].config, runs[0])
            elif points:
                failures = vmapped.train([point.config for point in points], runs)
            for number in range(len(points)):
                if number not in failures:
                    records[number] = _judged(runs[number], base)
        for number, record in records.items():
            place, point = folder(workdir, points[number]), points[number]
            seconds = json.loads((place / "seconds.json").read_text())
            about = {"label": point.label, "fields": point.fields, "seconds": seconds}
            results.write(record | {"point": about}, place / "result.json")
    if failures:
        raise UserError("; ".join(f"{runs[number]}: {why}" for number, why in failures.items()))


def result(
    workdir: str | os.PathLike, point: Point, base: ml_collections.ConfigDict
) -> dict | None:
    """What `run` has left of a point, or None if it has not ended.

    Raises:
        UserError: it is of another config, of which the differing fields are named; or damaged.
    """
    path = folder(workdir, point) / "result.json"
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text())
        trained = rundir.flatten(ml_collections.ConfigDict(record["config"]))
        judged_on = record["judged_on"]
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{path} is damaged: remove it, and the same command makes it anew"
        ) from error
    rundir.check_same(path.parent, trained, rundir.flatten(point.config))
    rundir.check_same(path.parent, judged_on, _task(base))
    return record


def _judged(run, base):
    """The record of a run's accuracies on the validation and test splits of the base config.

    So a model that was trained without one manipulation is judged on all, and one that was trained
    on other micrographs is judged on those of the base. Its own seed draws the pairs.
    """
    model = checkpoints.read_model(run)
    config = model.config.copy_and_resolve_references()
    config.update({name: base[name] for name in _TASK})
    judged = model._replace(config=config)
    micrographs = sources.load(base.data)
    split = splits.of(micrographs, base.data)
    test = synthetic.test(judged, micrographs, split.test)
    return results.record(
        model,
        run,
        "best",
        validation=synthetic.validation(judged, micrographs, split.validation),
        test=test | {"auc": _auc(test)},
        judged_on=_task(base),
    )


def _auc(test):
    """Of the test pairs, which tells how they are ordered, wherever the threshold lies."""
    likelihoods, is_same = np.array(test["likelihood"]), np.array(test["is_same"])
    # Small for copies, as f is, of which the likelihood is a falling function.
    return float(ranking.auc(ranking.histogram(-likelihoods[is_same], -likelihoods[~is_same])))


def _task(base):
    return {
        name: field
        for name, field in rundir.flatten(base).items()
        if name.partition(".")[0] in _TASK
    }


@contextlib.contextmanager
def _alone(place: pathlib.Path) -> Iterator[None]:
    """Holds a point's lock, which the system lets go of however this process ends."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        file = open(place / "lock", "w")
    except OSError as error:
        raise UserError(f"cannot use {place}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{place} is being run by another process: wait for it") from error
        yield


@contextlib.contextmanager
def _timed(paths):
    """Adds the seconds spent in this block, shared equally, to those in the files."""
    start = time.monotonic()
    try:
        yield
    finally:
        for path in paths:
            before = json.loads(path.read_text()) if path.exists() else 0.0
            with atomic.writing(path) as file:
                json.dump(before + (time.monotonic() - start) / len(paths), file)
