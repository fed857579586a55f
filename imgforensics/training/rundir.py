"""The folder of a run: its config, and the refusal to mix two runs."""

import json
import os
import pathlib

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


def is_claimed(workdir: str | os.PathLike) -> bool:
    """Whether a folder holds a run."""
    return (pathlib.Path(workdir) / _CONFIG).exists()


def check(workdir: str | os.PathLike, config: ml_collections.ConfigDict) -> None:
    """Makes sure that a run of this config can have the folder; makes the folder if missing.

    Raises:
        UserError: if the folder holds a run of another config (the differing fields are named),
            or something that is no run, or can't be written to.
    """
    folder = pathlib.Path(workdir)
    if (folder / _CONFIG).exists():
        check_same(folder, flatten(read(workdir)), flatten(config))
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
    if not path.exists():
        with atomic.writing(path) as file:
            file.write(json.dumps(config.to_dict(), indent=2) + "\n")


def check_same(folder: str | os.PathLike, old: dict, new: dict) -> None:
    """Refuses to take one config for another.

    Args:
        folder: what holds the old one.
        old, new: configs as from `flatten`.

    Raises:
        UserError: names the fields that differ, with both values.
    """
    differing = [
        f"{name} is {old.get(name, 'missing')!r} there and {new.get(name, 'missing')!r} here"
        for name in sorted(old.keys() | new.keys())
        if old.get(name, KeyError) != new.get(name, KeyError)
    ]
    if differing:
        raise UserError(
            f"{folder} holds a run of another config: {'; '.join(differing)}. "
            "Name another --workdir, or use the same config"
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
