"""The record that an evaluation leaves: what was measured, of what, and by what."""

import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
from typing import TYPE_CHECKING

from imgforensics import atomic
from imgforensics.errors import UserError

if TYPE_CHECKING:  # records are read without jax
    from imgforensics.weights import Model

_PACKAGES = ("jax", "flax", "numpy", "imgforensics")


def record(model: "Model", path: str | os.PathLike, which: str | None, **measured) -> dict:
    """Joins measurements with what is needed to repeat them.

    Args:
        model: what was evaluated.
        path: where it came from.
        which: of a workdir's checkpoints; None for a weights file.
        **measured: plain values.

    Returns:
        A JSON-able record.
    """
    return {
        "weights": {
            "path": str(path),
            "which": which,
            "step": model.step,
            "triplets_seen": model.step * model.config.batch_size,
        },
        "seed": model.config.seed,
        **measured,
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in _PACKAGES},
            "commit": _commit(),
        },
        "config": json.loads(model.config.to_json()),
    }


def describe(entry: dict) -> str:
    """A line for each protocol of a record."""
    return "\n".join(_line(name, entry[name]) for name in ("validation", "test", "real"))


def write(entry: dict, path: str | os.PathLike) -> None:
    """Writes a record as JSON; an existing file is replaced once the new one is complete.

    Raises:
        UserError: it can't be written.
    """
    with atomic.writing(path) as file:
        json.dump(entry, file, indent=1, allow_nan=False)
        file.write("\n")


def read(path: str | os.PathLike) -> dict:
    """Reads a record.

    Raises:
        UserError: the file is missing or holds no record.
    """
    try:
        entry = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError:
        entry = None
    needed = {"weights", "validation", "test", "real", "config"}
    if not isinstance(entry, dict) or not needed <= entry.keys():
        raise UserError(f"{path} is not a record that experiments.evaluate wrote")
    return entry


def _line(protocol, measured):
    low, high = measured["interval"]
    line = f"{protocol}: accuracy {measured['accuracy']:.3f}, 95 % interval {low:.3f} to {high:.3f}"
    line += f", {measured['decisions']} decisions"
    if "classes" in measured:
        spread = "" if measured["sd"] is None else f", sd {measured['sd']:.3f}"
        line += f" on {len(measured['classes'])} classes in {len(measured['runs'])} runs{spread}"
        line += f", {measured['moments']} moments"
    return line


def _commit() -> str | None:
    """The commit of the source tree, marked where files differ from it; None outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=pathlib.Path(__file__).parent, capture_output=True, text=True
        )
    except OSError:  # no git
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
