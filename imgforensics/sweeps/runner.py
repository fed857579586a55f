"""Commands as processes side by side: their cores, logs and ends, and how Ctrl-C reaches them."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import tqdm

from imgforensics.utils import interrupts
from imgforensics.utils.errors import Interrupted, UserError

_POLL = 0.1  # seconds


class Task(NamedTuple):
    """A command to run.

    Attributes:
        name: for messages.
        command: program and arguments.
        log: file to which all that it prints is added.
    """

    name: str
    command: Sequence[str]
    log: pathlib.Path


def run(
    tasks: Sequence[Task],
    jobs: int,
    ended: Callable[[Task, int], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Runs commands, `jobs` at a time, until all have ended; one that fails stops no other.

    Each has its share of the CPU cores to itself (on Linux): small programs on one core each get
    further than if they take turns on all of them, where their threads mostly wait for each other.

    SIGINT and SIGTERM start nothing more and are passed on, once each, to the processes that run,
    which are waited for. The processes have sessions of their own, so that Ctrl-C in a terminal
    doesn't reach them a second time.

    Args:
        tasks: what to run, in this order.
        jobs: how many at once, at least 1.
        ended: called with each task that has ended and its exit code (minus the signal's number if
            one ended it).
        tick: called every now and then.

    Raises:
        UserError: a log can't be written.
        Interrupted: a signal arrived.
    """
    waiting, running, passed_on = list(tasks), [], 0
    shares = core_shares(jobs)
    with _signals() as caught, _reaped(running):
        while (waiting and not caught) or running:
            while waiting and not caught and len(running) < jobs:
                task = waiting.pop(0)
                taken = [share for _, _, share in running]
                share = next(share for share in shares if share not in taken)
                running.append((task, _start(task, share), share))
            for number in caught[passed_on:]:
                _send(running, number)
                passed_on += 1
            for entry in list(running):
                task, process, _ = entry
                if process.poll() is not None:
                    running.remove(entry)
                    ended(task, process.returncode)
            tick()
            time.sleep(_POLL)
    if caught:
        raise Interrupted("stopped; the same command goes on from there", caught[0])


def core_shares(jobs: int) -> list[tuple[int, frozenset[int]]]:
    """Splits the cores that this process may use: each job's number, and which are its own.

    Jobs have one core each, in turns, if there are more of them than cores.
    """
    if sys.platform != "linux":
        return [(job, frozenset()) for job in range(jobs)]
    cores = sorted(os.sched_getaffinity(0))
    return [
        (job, frozenset(cores[job::jobs]) or frozenset([cores[job % len(cores)]]))
        for job in range(jobs)
    ]


def last_line(log: pathlib.Path) -> str:
    """The last line of a log with anything on it, as a progress bar leaves it at the end."""
    text = log.read_text(errors="replace") if log.exists() else ""
    lines = [line.strip() for line in re.split(r"[\r\n]", text)]
    return next((line for line in reversed(lines) if line), "it is empty")


def _start(task, share):
    _, cores = share
    try:
        task.log.parent.mkdir(parents=True, exist_ok=True)
        with open(task.log, "ab") as log:
            process = subprocess.Popen(
                task.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Progress bars go to a file, where each state of them is kept.
                env=os.environ | {"TQDM_MININTERVAL": "30"},
            )
        if cores:
            # Its threads, which it starts later, inherit this. It may have ended already, and
            # where cores can't be given away, it has all: only time is lost.
            with contextlib.suppress(OSError):
                os.sched_setaffinity(process.pid, cores)
        return process
    except OSError as error:
        raise UserError(f"cannot start {task.name}: {error.strerror or error}") from error


def _send(running, number):
    for _, process, _ in running:
        process.send_signal(number)


@contextlib.contextmanager
def _reaped(running) -> Iterator[None]:
    """Leaves no process behind: after an error they are asked to stop and waited for."""
    try:
        yield
    finally:
        _send(running, signal.SIGTERM)
        for _, process, _ in running:
            process.wait()


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """Gives a list to which SIGINT and SIGTERM are added."""
    caught = []

    def catch(number, frame):
        caught.append(number)
        tqdm.tqdm.write(
            "stopping once the running points have saved; the same signal again stops them at once",
            file=sys.stderr,
        )

    before = {number: signal.signal(number, catch) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with interrupts.handled():
            yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
