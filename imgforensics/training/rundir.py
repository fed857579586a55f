"""The folder of a run: its config, and the refusal to mix two runs."""

import json
import os
import pathlib
import re

import ml_collections

from imgforensics.inference.weights import config_from_json
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

_CONFIG = "config.json"


def flatten(config: ml_collections.ConfigDict) -> dict:
    """Fields by dotted name, with values as JSON has them (tuples are lists)."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, ml_collections.ConfigDict):
            flat |= {f"{key}.{inner}": leaf for inner, leaf in flatten(value).items()}
        else:
            flat[key] = json.loads(json.dumps(value))
    return flat


def check(workdir: str | os.PathLike, config: ml_collections.ConfigDict) -> None:
    """Makes sure that a run of this config can have the folder; makes the folder if missing.

    A run there may go on to more steps than it was meant for, if its learning rate is constant;
    this is printed.

    Raises:
        UserError: if the folder holds a run of another config (the differing fields are named),
            or something that is no run, or can't be written to.
    """
    folder = pathlib.Path(workdir)
    if (folder / _CONFIG).exists():
        steps = _check_steps(folder, read(workdir), config)
        if steps != config.steps:
            print(f"extending the run in {folder} from {steps} to {config.steps} steps", flush=True)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inside = list(folder.iterdir())
    except OSError as error:
        raise UserError(f"cannot use {folder} as a run's folder: {error.strerror}") from error
    # A start that was killed at once leaves no more than a hidden part of its config.
    if any(not path.name.endswith(".part") for path in inside):
        raise UserError(f"{folder} is not empty and holds no run: name a new or empty folder")
    if not os.access(folder, os.W_OK):
        raise UserError(f"cannot write to {folder}: name another folder")


def claim(workdir: str | os.PathLike, config: ml_collections.ConfigDict) -> None:
    """Leaves the config in a folder that `check` was content with.

    Raises:
        UserError: if it can't be written.
    """
    path = pathlib.Path(workdir) / _CONFIG
    if not path.exists() or read(workdir).steps != config.steps:
        with atomic.writing(path) as file:
            file.write(json.dumps(config.to_dict(), indent=2) + "\n")


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

    Manipulations that are never done make no difference: an older config lacks some of them.

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
    """How the names of those fields begin whose manipulation none of the configs ever does."""
    probability = re.compile(r"(manipulations\..+\.)probability").fullmatch
    sections = {found[1] for flat in configs for name in flat if (found := probability(name))}
    return tuple(
        section
        for section in sections
        if not any(flat.get(f"{section}probability") for flat in configs)
    )


def read(workdir: str | os.PathLike) -> ml_collections.ConfigDict:
    """The config of a run.

    Raises:
        UserError: if the folder holds no run or its config is damaged.
    """
    path = pathlib.Path(workdir) / _CONFIG
    try:
        return config_from_json(path.read_text())
    except FileNotFoundError as error:
        raise UserError(f"{workdir} holds no run (no {_CONFIG} in it)") from error
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}") from error
