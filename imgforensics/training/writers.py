"""Metrics on disk as a run goes: JSON lines for programs, event files for TensorBoard."""

import contextlib
import json
import os
import pathlib
import time

from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog

from imgforensics.utils import atomic, reading
from imgforensics.utils.errors import UserError

_MAX_BYTES = 2**28  # of the metrics of a run


class MetricsWriter:
    """Appends to `metrics.jsonl` and to TensorBoard event files in a run's folder.

    What is written is on disk when `write` returns. tensorboardX's own `SummaryWriter` leaves that
    to a thread, whose death on a full disk would block the run for ever.

    Args:
        workdir: the run's folder.
        step: where the run goes on. What an interrupted run wrote beyond it is dropped, so that
            no step is there twice.

    Raises:
        UserError: nothing can be written.
    """

    def __init__(self, workdir: str | os.PathLike, step: int):
        self._path = pathlib.Path(workdir) / "metrics.jsonl"
        kept = [line for line in read(workdir) if line["step"] <= step]
        with atomic.writing(self._path) as file:
            file.writelines(map(_json_line, kept))
        with _writing(self._path.parent):
            self._events = EventsWriter(str(self._path.with_name("events")))
            # Tells TensorBoard to forget what earlier files say about later steps.
            self._event(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def write(self, step: int, scalars: dict[str, float]) -> None:
        """Writes named scalars of one step.

        Raises:
            UserError: they can't be written.
        """
        with _writing(self._path.parent):
            with self._path.open("a") as file:
                file.write(_json_line({"step": step, **scalars}))
            for name, value in scalars.items():
                self._event(step=step, summary=summary.scalar(name, value))

    def close(self) -> None:
        """Lets go of the files."""
        with contextlib.suppress(OSError):  # `write` has told
            self._events.close()

    def _event(self, **content):
        self._events.write_event(Event(wall_time=time.time(), **content))
        self._events.flush()


@contextlib.contextmanager
def _writing(folder):
    try:
        yield
    except OSError as error:
        raise UserError(
            f"cannot write metrics to {folder}: {error.strerror or error}; make room and start the "
            "same command again"
        ) from error


def _json_line(values):
    return json.dumps(values) + "\n"


def read(workdir: str | os.PathLike) -> list[dict]:
    """All metrics of a run, oldest first; each has its 'step'.

    A last line that a crash cut short is left out.

    Raises:
        UserError: the file can't be read, or holds something else.
    """
    path, lines = pathlib.Path(workdir) / "metrics.jsonl", []
    try:
        text = reading.text(path, _MAX_BYTES)
    except FileNotFoundError:
        return lines
    except (OSError, ValueError) as error:
        raise _unreadable(path, reading.reason(error)) from error
    whole = text.split("\n")
    for number, line in enumerate(whole, 1):
        try:
            values = reading.parse(line)
        except ValueError as error:
            if number == len(whole):
                break
            raise _unreadable(path, f"line {number}: {reading.reason(error)}") from error
        if not _is_metrics(values):
            raise _unreadable(path, f"line {number} is no metrics of a step")
        lines.append(values)
    return lines


def _is_metrics(values):
    return (
        isinstance(values, dict)
        and isinstance(values.get("step"), int)
        and all(isinstance(value, (int, float)) for value in values.values())
        and not any(isinstance(value, bool) for value in values.values())
    )


def _unreadable(path, why):
    return UserError(
        f"cannot read {path} ({why}): remove it, and the run goes on without its earlier metrics"
    )
