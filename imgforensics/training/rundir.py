"""The folder of a run: its config, and the refusal to mix two runs."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import ml_collections

from imgforensics.inference import saved_config
from imgforensics.utils import atomic, local, reading
from imgforensics.utils.errors import UserError

_CONFIG, _DEVICES = "config.json", "devices.json"
_MAX_DEVICES = 2**16
_OFF = ("data.labelled", "data.added_blots", "loss.spread")  # fields that an older config may lack


class Devices(NamedTuple):
    """What a run is computed on; where any of it is another, sums are rounded in another order.

    Attributes:
        platform: "cpu", "gpu" or "tpu".
        number: of devices, in all processes.
        cores: of the CPU, to which XLA shares out the loops of a program, or 0 of no matter.
    """

    platform: str
    number: int
    cores: int

    def __str__(self) -> str:
        shared = f" and {self.cores} CPU core(s)" if self.cores else ""
        return f"{self.number} {self.platform} device(s){shared}"


def flatten(config: ml_collections.ConfigDict) -> dict:
    """Fields by dotted name, with values as JSON has them (tuples are lists)."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, ml_collections.ConfigDict):
            flat |= {f"{key}.{inner}": leaf for inner, leaf in flatten(value).items()}
        else:
            flat[key] = json.loads(json.dumps(value))
    return flat


def is_claimed(workdir: str | os.PathLike) -> bool:
    """Whether a folder holds a run."""
    return (pathlib.Path(workdir) / _CONFIG).exists()


def check(workdir: str | os.PathLike, config: ml_collections.ConfigDict) -> None:
    """Makes sure that a run of this config can have the folder; makes the folder if missing.

    A run there may go on to more steps than it was meant for, if its learning rate is constant;
    this is printed.

    Raises:
        UserError: if the folder holds a run of another config (the differing fields are named),
            or something that is no run, or can't be written to.
    """
    local.check(workdir, "the run's folder")
    folder = pathlib.Path(workdir)
    try:
        if (folder / _CONFIG).exists():
            steps = _check_steps(folder, read(workdir), config)
            if steps != config.steps:
                shown = f"{folder} from {steps} to {config.steps} steps"
                print(f"extending the run in {shown}", flush=True)
            return
        folder.mkdir(parents=True, exist_ok=True)
        inside = list(folder.iterdir())
    except OSError as error:
        raise UserError(f"cannot use {folder} as a run's folder: {error.strerror}") from error
    # A start that was killed at once leaves no more than a hidden part of its config.
    if any(not path.name.endswith(".part") for path in inside):
        raise UserError(f"{folder} is not empty and holds no run: name a new or empty folder")
    if not os.access(folder, os.W_OK):
        raise UserError(f"cannot write to {folder}: name another folder")


@contextlib.contextmanager
def alone(workdir: str | os.PathLike) -> Iterator[None]:
    """Keeps every other process from training in a folder that `check` was content with.

    It is the folder that is locked, and the system lets go of it however this process ends. Some
    network file systems offer no locks; there two trainings in one folder go unnoticed.

    Raises:
        UserError: another process trains there.
    """
    try:
        descriptor = os.open(workdir, os.O_RDONLY)
    except OSError as error:
        raise UserError(f"cannot use {workdir} as a run's folder: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise UserError(
            f"another process trains in {workdir}: wait until it has ended, or name another "
            "--workdir"
        ) from error
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def claim(workdir: str | os.PathLike, config: ml_collections.ConfigDict, devices: Devices) -> None:
    """Leaves the config in a folder that `check` was content with, and how the run was begun.

    Args:
        workdir: the folder.
        config: of the run.
        devices: that it begins on.

    Raises:
        UserError: if it can't be written.
    """
    folder = pathlib.Path(workdir)
    whole = json.dumps(config.to_dict(), indent=2)
    known = (folder / _CONFIG).exists() and read(workdir).steps == config.steps
    for name, content, there in (
        (_CONFIG, whole, known),
        (_DEVICES, json.dumps(devices._asdict()), (folder / _DEVICES).exists()),
    ):
        if not there:
            with atomic.writing(folder / name) as file:
                file.write(content + "\n")


def devices_of(workdir: str | os.PathLike) -> Devices | None:
    """What a run was begun on; None if that isn't known.

    Raises:
        UserError: the note of it is damaged.
    """
    path = pathlib.Path(workdir) / _DEVICES
    try:
        devices = Devices(**reading.parse(reading.text(path)))
        whole = type(devices.number) is int and type(devices.cores) is int
        if not (isinstance(devices.platform, str) and whole):
            raise ValueError("its fields are of other types")
        if not (1 <= devices.number <= _MAX_DEVICES and 0 <= devices.cores <= _MAX_DEVICES):
            raise ValueError(f"it names {devices}")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"{path} is damaged ({reading.reason(error)}): remove it, and the run goes on on the "
            "devices that there are"
        ) from error
    return devices


def _check_steps(folder, old, new) -> int:
    """Refuses another config, but for more steps at a constant rate; returns the old steps.

    What follows a step depends on how many steps there are in nothing but a changing rate.
    """
    before, now = flatten(old), flatten(new)
    if old.steps >= new.steps or before | {"steps": new.steps} != now:
        check_same(folder, before, now)
    elif decay := old.optimizer.decay_steps:
        raise UserError(
            f"the run in {folder} was one of {old.steps} steps, and its learning rate falls along "
            f"a curve to step {decay} (config.optimizer.decay_steps): it can't be extended to "
            f"{new.steps}, name another --workdir"
        )
    return old.steps


def check_same(folder: str | os.PathLike, old: dict, new: dict) -> None:
    """Refuses to take one config for another.

    Manipulations that are never done make no difference, nor do fields that add nothing: an older
    config lacks some of these.

    Args:
        folder: what holds the old one.
        old, new: configs as from `flatten`.

    Raises:
        UserError: names the fields that differ, with both values.
    """
    unused = _unused(old, new)
    differing = [
        f"{name} is {old.get(name, 'missing')!r} there and {new.get(name, 'missing')!r} here"
        for name in sorted(old.keys() | new.keys())
        if old.get(name, KeyError) != new.get(name, KeyError) and not name.startswith(unused)
    ]
    if differing:
        raise UserError(
            f"{folder} holds a run of another config: {'; '.join(differing)}. "
            "Name another --workdir, or use the same config"
        )


def _unused(*configs):
    """How the names of those fields begin that make no difference to any of the configs."""
    probability = re.compile(r"(manipulations\..+\.)probability").fullmatch
    sections = {found[1] for flat in configs for name in flat if (found := probability(name))}
    unused = [
        section
        for section in sections
        if not any(flat.get(f"{section}probability") for flat in configs)
    ]
    return (*unused, *(name for name in _OFF if not any(flat.get(name) for flat in configs)))


def read(workdir: str | os.PathLike) -> ml_collections.ConfigDict:
    """The config of a run.

    Raises:
        UserError: if the folder holds no run or its config is damaged.
    """
    path = pathlib.Path(workdir) / _CONFIG
    try:
        text = reading.text(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{workdir} holds no run (no {_CONFIG} in it)") from error
    except (OSError, ValueError) as error:
        raise UserError(
            f"cannot read {path} ({reading.reason(error)}): put back the config of the run, or "
            "name another folder"
        ) from error
    return saved_config.from_json(text, path)
