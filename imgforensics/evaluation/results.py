"""The record that an evaluation leaves: what was measured, of what, and by what."""

import configparser
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError
from imgforensics.utils.peak_memory import peak_memory

if TYPE_CHECKING:  # records are read without jax
    from imgforensics.inference.weights import Model

_ROOT = pathlib.Path(__file__).parents[2]
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
        "versions": versions(),
        "config": json.loads(model.config.to_json()),
    }


def versions(packages: Sequence[str] = _PACKAGES) -> dict:
    """The versions of Python and of some packages, and the commit of this one."""
    return {
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
        "commit": commit(),
    }


def cost(started: float) -> dict:
    """What a command has needed so far.

    Args:
        started: `time.monotonic()` when it began.

    Returns:
        Plain values: seconds, peak memory of the process in bytes, and how many CPU cores it has.
    """
    return {
        "seconds": time.monotonic() - started,
        "peak_memory": peak_memory(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
    }


def describe(entry: dict) -> str:
    """Lines for the protocols that a record has."""
    lines = [
        line
        for name, describe_one in _LINES.items()
        if name in entry
        for line in describe_one(name, entry[name])
    ]
    return "\n".join(lines)


def write(entry: dict, path: str | os.PathLike) -> None:
    """Writes a record as JSON; an existing file is replaced once the new one is complete.

    Raises:
        UserError: it can't be written.
    """
    with atomic.writing(path) as file:
        json.dump(entry, file, indent=1, allow_nan=False)
        file.write("\n")


def read(path: str | os.PathLike, needed: Sequence[str] = ()) -> dict:
    """Reads a record.

    Args:
        path: of the JSON file.
        needed: the protocols that it must have.

    Raises:
        UserError: the file is missing, holds no record, or one without a protocol.
    """
    try:
        entry = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or "versions" not in entry:
        raise UserError(f"{path} is not a record that one of the experiments wrote")
    for protocol in needed:
        if protocol not in entry:
            raise UserError(f"{path} has no {protocol!r}: evaluate again with it among --protocols")
    return entry


def _accuracy_lines(protocol, measured):
    line = f"{protocol}: accuracy {_number(measured, 'accuracy', 'interval')}"
    line += f", {measured['decisions']} decisions"
    if "classes" in measured:
        spread = "" if measured["sd"] is None else f", sd {measured['sd']:.3f}"
        line += f" on {len(measured['classes'])} classes in {len(measured['runs'])} runs{spread}"
        line += f", {measured['moments']} moments"
    return [line]


def _negatives_lines(protocol, measured):
    kinds = ("random", "same_class", "same_source")
    return [line for kind in kinds for line in _score_lines(f"{protocol}, {kind}", measured[kind])]


def _score_lines(protocol, measured):
    line = f"{protocol}: {measured['positives']} copies, {measured['negatives']} different pairs"
    if measured["accuracy"] is None:
        [point] = measured["operating_points"]
        below = point["true_positives"] + point["false_positives"]
        return [f"{line}: {measured['why']}", f"  {point['name']}: {below} pairs"]
    lines = [
        f"{line}; accuracy {_number(measured, 'accuracy', 'interval')}",
        f"  AUC {_number(measured, 'auc')}, average precision "
        f"{_number(measured, 'average_precision')}",
    ]
    for point in measured["operating_points"]:
        lines.append(f"  {point['name']}: ")
        if point["true_positive_rate"] is None:
            lines[-1] += point["why"]
            continue
        found = _number(point, "true_positive_rate", "true_positive_interval")
        lines[-1] += f"finds {found} of the copies"
        for pairs in point.get("false_pairs", ()):
            if pairs["images"] == 1000:
                low, high = pairs["interval"]
                lines[-1] += f", and {pairs['expected']:.3g} [{low:.3g}, {high:.3g}]"
                lines[-1] += " false pairs in 1000 images"
    return lines


def _pairwise_lines(protocol, measured):
    if measured["labels"]:
        return _score_lines(protocol, measured)
    thresholds, pairs = measured["distribution"].values()
    line = f"{protocol}: {measured['pairs']} pairs, without labels that say which are copies"
    return [line, f"  f <= 1: {pairs[thresholds.index(1.0)]} pairs"]


def _retrieval_lines(protocol, measured):
    return [
        f"{protocol}: recall at 1 {_number(measured, 'recall_at_1')}, at 5 "
        f"{_number(measured, 'recall_at_5')}, mean average precision "
        f"{_number(measured, 'mean_average_precision')}; {measured['queries']} queries, "
        f"{measured['distractors']} distractors each"
    ]


def _nearest_lines(protocol, measured):
    return [
        f"{protocol}: top 1 {_number(measured, 'top_1')}, top 5 {_number(measured, 'top_5')} "
        f"of {measured['classes']} classes in {measured['runs']} runs"
    ]


_LINES = {
    "validation": _accuracy_lines,
    "test": _accuracy_lines,
    "negatives": _negatives_lines,
    "retrieval": _retrieval_lines,
    "real": _accuracy_lines,
    "nearest": _nearest_lines,
    "pairwise": _pairwise_lines,
}


def _number(measured, name, interval=None):
    low, high = measured[interval or f"{name}_interval"]
    return f"{measured[name]:.3f} [{low:.3f}, {high:.3f}]"


def commit(root: pathlib.Path = _ROOT) -> str | None:
    """The commit of this package's source tree, marked where files differ from it.

    None outside of git, and where the repository around is another one's: of a program that has the
    package installed or copied below it.

    Args:
        root: of the source tree.
    """
    project = configparser.ConfigParser(interpolation=None)
    project.read(root / "setup.cfg", encoding="utf-8")
    if project.get("metadata", "name", fallback=None) != "imgforensics":
        return None  # installed, or a part of another's tree
    # Git's own variables may name another repository, as they do within its hooks.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*arguments):
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, env=inherited, capture_output=True, text=True, check=True)

    try:
        top = git("rev-parse", "--show-toplevel").stdout.removesuffix("\n")
        if not os.path.samefile(top, root):
            return None
        git("ls-files", "--error-unmatch", "setup.cfg", "imgforensics/__init__.py")
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*").stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, no repository, or no commit in it
        return None
