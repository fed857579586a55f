"""A whole sweep: run what has not ended, tell how it goes, and gather the table."""

import contextlib
import json
import os
import pathlib
import signal
import time
from collections.abc import Callable, Sequence

import ml_collections
import tqdm

from imgforensics.reports import table_ablations
from imgforensics.reports.figures import saving
from imgforensics.reports.figures import sweep as figure
from imgforensics.sweeps import runner, single, table
from imgforensics.sweeps.points import Point
from imgforensics.training import vmapped, writers
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

_REFRESH = 2  # seconds between two looks at the metrics
# Exit codes of what a signal has stopped: of runs that have saved, and before or after a run.
_STOPPED = tuple(
    code for number in (signal.SIGINT, signal.SIGTERM) for code in (128 + number, -number)
)


def unfinished(
    workdir: str | os.PathLike, points: Sequence[Point], base: ml_collections.ConfigDict
) -> list[Point]:
    """The points that have no result yet; raises what `single.result` raises."""
    return [point for point in points if single.result(workdir, point, base) is None]


def groups(points: Sequence[Point], together: bool) -> list[list[Point]]:
    """What each process trains: one point, or all that `vmapped.train` can take together."""
    if not together:
        return [[point] for point in points]
    numbers = vmapped.groups([point.config for point in points])
    return [[points[i] for i in group] for group in numbers]


def run(
    workdir: str | os.PathLike,
    groups: Sequence[Sequence[Point]],
    base: ml_collections.ConfigDict,
    jobs: int,
    command: Callable[[Sequence[Point]], Sequence[str]],
) -> None:
    """Runs points as processes, and prints a line for each that has ended or failed.

    Args:
        workdir: the sweep's folder.
        groups: the points of each process.
        base: the config that the sweep starts from.
        jobs: how many processes at once.
        command: gives that which runs a group of points.

    Raises:
        UserError, Interrupted: as by `runner.run`.
    """
    by_name = {group[0].name: group for group in groups}
    tasks = [
        runner.Task(name, command(group), single.log(workdir, group[0]))
        for name, group in by_name.items()
    ]

    def ended(task, code):
        for point in by_name[task.name]:
            result = single.result(workdir, point, base)
            if result is not None:
                measured = (f"{which} {result[which]['accuracy']:.3f}" for which in table.MEASURED)
                seconds = result["point"]["seconds"]
                bar.write(f"{point.name}: {', '.join(measured)} ({seconds:.0f} s)")
            elif code in _STOPPED:
                bar.write(f"stopped: {point.name}")
            else:
                line = runner.last_line(task.log)
                bar.write(f"failed: {point.name} (exit code {code}), see {task.log}: {line}")

    with contextlib.closing(_Bar(workdir, [point for group in groups for point in group])) as bar:
        runner.run(tasks, jobs, ended, bar.refresh)


def gather(
    workdir: str | os.PathLike,
    points: Sequence[Point],
    base: ml_collections.ConfigDict,
    question: str,
    command: str,
    machine: dict,
) -> dict:
    """Writes sweep.json, table.md, table.csv, plot.png and plot.svg of what has ended so far.

    Args:
        workdir: the sweep's folder.
        points: of the whole sweep.
        base: the config that it starts from.
        question: that the sweep answers, for the table, as the following.
        command: that runs it.
        machine: that ran it, as plain values.

    Returns:
        The record in sweep.json, see `table.collect`.

    Raises:
        UserError: no point has ended, something can't be written, or as by `single.result`.
    """
    workdir = pathlib.Path(workdir)
    results = [single.result(workdir, point, base) for point in points]
    if not any(results):
        raise UserError(f"no point of the sweep in {workdir} has ended: see what failed above")
    record = table.collect(
        points, results=results, question=question, command=command, machine=machine
    )
    texts = {
        "sweep.json": json.dumps(record, indent=1) + "\n",
        "table.md": table_ablations.markdown(record),
        "table.csv": table.as_csv(record),
    }
    for name, text in texts.items():
        with atomic.writing(workdir / name) as file:
            file.write(text)
    rows = record["rows"]
    plot = figure.sweep(
        [row["label"] for row in rows],
        {which: [row[which]["accuracy"] for row in rows] for which in table.MEASURED},
    )
    saving.save(plot, workdir / "plot")
    return record


class _Bar:
    """A bar over the steps of all points, which it reads from their metrics."""

    def __init__(self, workdir, points):
        self._runs = [(single.run_folder(workdir, point), point.config.steps) for point in points]
        self._next = 0.0
        total = sum(steps for _, steps in self._runs)
        self._bar = tqdm.tqdm(total=total, unit=" steps", desc="sweep", dynamic_ncols=True)
        self._bar.initial = self._bar.n = self._done()

    def refresh(self):
        if time.monotonic() > self._next:
            self._bar.n = self._done()
            self._bar.refresh()
            self._next = time.monotonic() + _REFRESH

    def write(self, line):
        self._bar.write(line)

    def close(self):
        self._bar.close()

    def _done(self):
        return sum(
            max((line["step"] for line in writers.read(run)), default=0) for run, _ in self._runs
        )
