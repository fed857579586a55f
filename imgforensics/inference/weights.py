"""A trained model as one file: config, parameters, running moments and a hash of them all."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from flax import traverse_util

from imgforensics.models import build, metric
from imgforensics.models.metric import Metric
from imgforensics.utils import atomic, npz
from imgforensics.utils.errors import UserError

_FORMAT = "imgforensics weights 1"


class Model(NamedTuple):
    """Everything that embeds an image, and how it came about.

    Attributes:
        config: of the whole run.
        params: float32 arrays in nested dicts, those of the metric among them.
        moments: the running moments of each branch, and the metric's threshold, likewise.
        step: the training step after which these weights were taken.
    """

    config: ml_collections.ConfigDict
    params: dict
    moments: dict
    step: int

    @property
    def metric(self) -> Metric:
        """What tells copies from different images by their embeddings."""
        return metric.of(self.config.model, self.params, self.moments)


def export(model: Model, path: str | os.PathLike, half: bool = False) -> None:
    """Writes a model to one .npz file that holds no pickles.

    Its entries are `format`, `config` (JSON), `step`, `params/...` and `moments/...` (float32
    or float16 arrays, an int32 count of updates) and `sha256` over all the others.

    Args:
        model: what to write.
        path: of the file; missing folders are made.
        half: writes the parameters in half precision, which `load` makes float32 again. It takes
            half the room, and keeps eleven binary digits of numbers that are not tiny.

    Raises:
        UserError: something is at `path` already, it can't be written, or a parameter is too large
            for half precision.
    """
    path = pathlib.Path(path)
    if path.exists():
        raise UserError(f"{path} exists: weights are not overwritten, name a new file")
    entries = {
        "format": np.array(_FORMAT),
        "config": np.array(model.config.to_json()),
        "step": np.array(model.step),
    }
    params = jax.tree.map(_halved, model.params) if half else model.params
    for part, tree in {"params": params, "moments": model.moments}.items():
        tree = {part: tree}
        flat = traverse_util.flatten_dict(jax.tree.map(np.asarray, tree), sep="/")
        entries |= flat
    with atomic.writing(path, "wb") as file:
        np.savez(file, **entries, sha256=np.array(_digest(entries)))


def load(path: str | os.PathLike) -> Model:
    """Reads what `export` wrote.

    Raises:
        UserError: the file is missing, is of another kind, was damaged or changed, or its
            parameters don't fit the network that its config describes.
    """
    path = pathlib.Path(path)
    entries = _read_entries(path)
    if _digest({key: entry for key, entry in entries.items() if key != "sha256"}) != str(
        entries["sha256"]
    ):
        raise UserError(f"{path} is damaged: its content does not match its hash; export it again")
    config = config_from_json(str(entries["config"]))
    # All at once: one by one, as jnp.asarray does, each shape is compiled for.
    arrays = jax.device_put({key: _in_full(entry) for key, entry in entries.items() if "/" in key})
    trees = traverse_util.unflatten_dict(arrays, sep="/")
    model = Model(config, trees["params"], trees.get("moments", {}), int(entries["step"]))
    check(model, path)
    return model


def read(path: str | os.PathLike, which: str = "best") -> Model:
    """Reads a model from a workdir or from a weights file.

    Args:
        path: a training run's folder or an exported file.
        which: 'best', 'latest' or 'average' of the checkpoints of a workdir; a file holds only one
            model.

    Raises:
        UserError: there is nothing to read, or it can't be used.
    """
    if pathlib.Path(path).is_dir():
        # Orbax takes seconds to import, and a file doesn't need it.
        from imgforensics.training import checkpoints

        return checkpoints.read_model(path, which)
    return load(path)


def _halved(array):
    with np.errstate(over="ignore"):
        narrow = np.asarray(array).astype(np.float16)
    if not np.isfinite(narrow).all():
        raise UserError("a parameter is too large for half precision: write them in full")
    return narrow


def _in_full(array):
    return array.astype(np.float32) if array.dtype == np.float16 else array


def fingerprint(model: Model) -> str:
    """SHA-256 of all arrays of a model, in hexadecimal: what was fitted to it names it by this."""
    tree = {"params": model.params, "moments": model.moments}
    return _digest(traverse_util.flatten_dict(jax.tree.map(np.asarray, tree), sep="/"))


def config_from_json(text: str) -> ml_collections.ConfigDict:
    """The config whose `to_json` gave the text; JSON's lists become tuples again."""
    return ml_collections.ConfigDict(_tuples(json.loads(text))).lock()


def check(model: Model, where: str | os.PathLike) -> None:
    """Refuses a model whose arrays are not those of the network in its config.

    Args:
        model: what was read.
        where: from, for the message.

    Raises:
        UserError: names an unknown or missing field of `config.model`, or the first parameter or
            moment that is missing, unknown or of another shape.
    """
    _check_fields(model.config, where)
    side = model.config.manipulations.output_size
    network = build.network(model.config.model)
    branches = range(network.num_branches)
    try:
        expected = jax.eval_shape(
            lambda: network.init(
                jax.random.key(0), jnp.zeros((len(branches), 1, side, side)), branches=branches
            )
        )
    except ValueError as error:
        raise UserError(f"{where} describes a network that can't be built: {error}") from error
    found = {"params": model.params, "moments": model.moments}
    if differing := difference(found, {"moments": {}} | expected):
        raise UserError(f"{where} is of another architecture than its config: {differing}")


def difference(found: dict, expected: dict) -> str | None:
    """Says of the first array that is missing, unknown or of another shape what is wrong with it.

    Parameters go before moments.

    Args:
        found: arrays in nested dicts.
        expected: what a network needs, likewise.
    """
    found, expected = (
        {path: leaf.shape for path, leaf in traverse_util.flatten_dict(tree, sep="/").items()}
        for tree in (found, expected)
    )
    paths = sorted(found.keys() | expected.keys())
    for path in sorted(paths, key=lambda path: path.startswith("moments/")):
        if found.get(path) != expected.get(path):
            return (
                f"{path} has shape {found.get(path, 'none, it is missing')}, and the network needs "
                f"{expected.get(path, 'no such array')}"
            )
    return None


def _check_fields(config, where):
    for section in ("model", "manipulations"):
        if section not in config:
            raise UserError(f"{where} has no config.{section}: it is of another version")
    known = build.fields(config.model)
    for field in config.model:
        if field not in known | {"architecture"}:
            raise UserError(
                f"{where} has an unknown field config.model.{field}: it is of another version"
            )
    for field in known - {"num_branches"}:
        if field not in config.model:
            raise UserError(f"{where} has no config.model.{field}: it is of another version")


def _read_entries(path) -> dict[str, np.ndarray]:
    if not path.exists():
        raise UserError(f"there are no weights at {path}: no such file or folder")
    entries = npz.read(path)
    if str(entries.get("format")) != _FORMAT or "sha256" not in entries:
        raise UserError(
            f"{path} is not a weights file: name a file that experiments.export_weights wrote, "
            "or a training run's folder"
        )
    return entries


def _digest(entries: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in sorted(entries):
        entry = np.ascontiguousarray(entries[key])
        digest.update(f"{key} {entry.dtype.str} {entries[key].shape} ".encode())
        digest.update(entry.tobytes())
    return digest.hexdigest()


def _tuples(value):
    if isinstance(value, dict):
        return {key: _tuples(entry) for key, entry in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
