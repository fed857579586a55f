"""Commands as processes side by side: their logs, their ends, and how Ctrl-C reaches them."""

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

from imgforensics.errors import UserError

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


class Interrupted(Exception):
    """A signal asked to stop; the processes have been stopped by it, too.

    Attributes:
        signal: its number.
    """

    def __init__(self, message: str, number: int):
        super().__init__(message)
        self.signal = number


def run(
    tasks: Sequence[Task],
    jobs: int,
    ended: Callable[[Task, int], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Runs commands, `jobs` at a time, until all have ended; one that fails stops no other.

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
    with _signals() as caught, _reaped(running):
        while waiting and not caught or running:
            while waiting and not caught and len(running) < jobs:
                task = waiting.pop(0)
                running.append((task, _start(task)))
            for number in caught[passed_on:]:
                _send(running, number)
                passed_on += 1
            for entry in list(running):
                task, process = entry
                if process.poll() is not None:
                    running.remove(entry)
                    ended(task, process.returncode)
            tick()
            time.sleep(_POLL)
    if caught:
        raise Interrupted("stopped; the same command goes on from there", caught[0])


def last_line(log: pathlib.Path) -> str:
    """The last line of a log with anything on it, as a progress bar leaves it at the end."""
    text = log.read_text(errors="replace") if log.exists() else ""
    lines = [line.strip() for line in re.split(r"[\r\n]", text)]
    return next((line for line in reversed(lines) if line), "it is empty")


def _start(task):
    try:
        task.log.parent.mkdir(parents=True, exist_ok=True)
        with open(task.log, "ab") as log:
            return subprocess.Popen(
                task.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Progress bars go to a file, where each state of them is kept.
                env=os.environ | {"TQDM_MININTERVAL": "30"},
            )
    except OSError as error:
        raise UserError(f"cannot start {task.name}: {error.strerror or error}") from error


def _send(running, number):
    for _, process in running:
        process.send_signal(number)


@contextlib.contextmanager
def _reaped(running) -> Iterator[None]:
    """Leaves no process behind: after an error they are asked to stop and waited for."""
    try:
        yield
    finally:
        _send(running, signal.SIGTERM)
        for _, process in running:
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
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
