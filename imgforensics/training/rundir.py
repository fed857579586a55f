"""The folder of a run: its config, and the refusal to mix two runs."""

import json
import os
import pathlib

import ml_collections

from imgforensics.errors import UserError
from imgforensics.weights import config_from_json

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


def claim(workdir: str | os.PathLike, config: ml_collections.ConfigDict) -> None:
    """Makes the folder of a run, or checks that it belongs to the same config.

    Raises:
        UserError: if the folder holds a run of another config (the differing fields are named),
            or something that is no run.
    """
    folder = pathlib.Path(workdir)
    if (folder / _CONFIG).exists():
        _check_same(folder, flatten(read(workdir)), flatten(config))
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not empty and holds no run: name a new or empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_CONFIG}.partial"
        partial.write_text(json.dumps(config.to_dict(), indent=2) + "\n")
        os.replace(partial, folder / _CONFIG)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error


def _check_same(folder, old, new):
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
