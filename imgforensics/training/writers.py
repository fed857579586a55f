"""Metrics on disk as a run goes: JSON lines for programs, event files for TensorBoard."""

import json
import os
import pathlib

from tensorboardX import SummaryWriter

from imgforensics.errors import UserError


class MetricsWriter:
    """Appends to `metrics.jsonl` and to TensorBoard event files in a run's folder.

    Args:
        workdir: the run's folder.
        step: where the run goes on. What an interrupted run wrote beyond it is dropped, so that
            no step is there twice.
    """

    def __init__(self, workdir: str | os.PathLike, step: int):
        self._path = pathlib.Path(workdir) / "metrics.jsonl"
        kept = [line for line in _lines(self._path) if line["step"] <= step]
        partial = self._path.with_suffix(".partial")
        partial.write_text("".join(json.dumps(line) + "\n" for line in kept))
        os.replace(partial, self._path)
        self._file = self._path.open("a", buffering=1)
        self._events = SummaryWriter(str(workdir), purge_step=step + 1, flush_secs=10)

    def write(self, step: int, scalars: dict[str, float]) -> None:
        """Writes named scalars of one step."""
        try:
            self._file.write(json.dumps({"step": step, **scalars}) + "\n")
        except OSError as error:
            raise UserError(f"cannot write to {self._path}: {error.strerror}") from error
        for name, value in scalars.items():
            self._events.add_scalar(name, value, step)

    def close(self) -> None:
        """Flushes everything."""
        self._file.close()
        self._events.close()


def _lines(path):
    """Whole lines of a metrics file; a line that a crash cut short is left out."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def read(workdir: str | os.PathLike) -> list[dict]:
    """All metrics of a run, oldest first; each has its 'step'."""
    return list(_lines(pathlib.Path(workdir) / "metrics.jsonl"))
