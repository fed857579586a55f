"""A trained model as one file: config, parameters, running moments and a hash of them all."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from flax import traverse_util

from imgforensics.inference import saved_config
from imgforensics.models import build, metric
from imgforensics.models.metric import Metric
from imgforensics.utils import atomic, npz
from imgforensics.utils.errors import UserError

MAX_BYTES = 2**30  # of a model's arrays
_FORMAT = "imgforensics weights 1"
_SCALARS = {"format": "U", "config": "U", "step": "i", "sha256": "U"}  # and their dtypes' kinds
_MAX_TEXT = 2**22  # bytes


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

    def __repr__(self) -> str:
        sizes = (leaf.size for leaf in jax.tree.leaves(self.params))
        return f"<Model of {sum(sizes)} parameters after step {self.step}>"


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
    entries: dict[str, Any] = {
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

    What is in the file is compared with what its config asks for before any of it is read.

    Raises:
        UserError: the file is missing, is of another kind, was damaged or changed; its config can't
            be used; its arrays are not those of the network that its config describes, or not
            finite.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise UserError(f"there are no weights at {path}: no such file or folder")
    with npz.opened(path, MAX_BYTES) as arrays:
        _check_kind(arrays, path)
        config = saved_config.from_json(str(arrays.read("config")), path)
        headers = {name: header for name, header in arrays.headers.items() if "/" in name}
        _check_arrays({name: _wide(name, each) for name, each in headers.items()}, config, path)
        entries = {name: arrays.read(name) for name in arrays.headers}
    if _digest({key: entry for key, entry in entries.items() if key != "sha256"}) != str(
        entries["sha256"]
    ):
        raise UserError(f"{path} is damaged: its content does not match its hash; export it again")
    step = int(entries["step"])
    if not 0 <= step < 2**31:
        raise UserError(f"{path} is damaged: its step is {step}; export it again")
    entries = {name: entries[name] for name in headers}
    if infinite := next((name for name in sorted(entries) if _is_infinite(entries[name])), None):
        raise UserError(f"{path} has numbers in {infinite} that are not finite: export it again")
    # All at once: one by one, as jnp.asarray does, each shape is compiled for.
    arrays = jax.device_put({name: _in_full(entry) for name, entry in entries.items()})
    trees = traverse_util.unflatten_dict(arrays, sep="/")
    return Model(config, trees["params"], trees.get("moments", {}), step)


def _halved(array):
    with np.errstate(over="ignore"):
        narrow = np.asarray(array).astype(np.float16)
    if not np.isfinite(narrow).all():
        raise UserError("a parameter is too large for half precision: write them in full")
    return narrow


def _wide(name, header):
    """What an array is once it is in full: parameters may be kept in half precision."""
    halved = name.startswith("params/") and header.dtype == np.float16
    return header._replace(dtype=np.dtype("<f4")) if halved else header


def _in_full(array):
    return array.astype(np.float32) if array.dtype == np.float16 else array


def fingerprint(model: Model) -> str:
    """SHA-256 of all arrays of a model, in hexadecimal: what was fitted to it names it by this."""
    tree = {"params": model.params, "moments": model.moments}
    return _digest(traverse_util.flatten_dict(jax.tree.map(np.asarray, tree), sep="/"))


def config_from_json(text: str) -> ml_collections.ConfigDict:
    """The config whose `to_json` gave the text; JSON's lists become tuples again.

    This is for configs that can be trusted; `saved_config.from_json` checks all fields.
    """
    return ml_collections.ConfigDict(saved_config.tuples(json.loads(text))).lock()


def check(model: Model, where: str | os.PathLike) -> None:
    """Refuses a model whose arrays are not those of the network in its config.

    Args:
        model: what was read.
        where: from, for the message.

    Raises:
        UserError: the network can't be built; or names the first parameter or moment that is
            missing, unknown, or of another shape or dtype.
    """
    _check_arrays(_flat({"params": model.params, "moments": model.moments}), model.config, where)


def difference(found: dict, expected: dict) -> str | None:
    """Says of the first array that differs from what is needed what is wrong with it.

    Parameters go before moments.

    Args:
        found: arrays, or what has their shapes and dtypes, in nested dicts.
        expected: what a network needs, likewise.
    """
    return _difference(_flat(found), _flat(expected))


def _flat(tree):
    return traverse_util.flatten_dict(tree, sep="/")


def _difference(found, expected):
    """`difference` of dicts by path."""
    paths = sorted(found.keys() | expected.keys())
    for path in sorted(paths, key=lambda path: path.startswith("moments/")):
        ours, theirs = (_described(leaves.get(path)) for leaves in (found, expected))
        if ours != theirs:
            return (
                f"{path} has shape {ours or 'none, it is missing'}, and the network needs "
                f"{theirs or 'no such array'}"
            )
    return None


def _described(array):
    return array if array is None else f"{tuple(array.shape)} of {array.dtype.str}"


def _check_arrays(found, config, where):
    """As `check`, of shapes and dtypes by path."""
    side = config.manipulations.output_size
    try:
        network = build.network(config.model)
        branches = range(network.num_branches)
        expected = jax.eval_shape(
            lambda: network.init(
                jax.random.key(0), jnp.zeros((len(branches), 1, side, side)), branches=branches
            )
        )
    except (ValueError, UserError) as error:
        raise UserError(f"{where} describes a network that can't be built: {error}") from error
    if differing := _difference(found, _flat({"moments": {}} | expected)):
        raise UserError(f"{where} is of another architecture than its config: {differing}")


def _check_kind(arrays, path):
    """Refuses a file whose entries beside the model's arrays are not those that `export` writes."""
    scalars = {name: header for name, header in arrays.headers.items() if "/" not in name}
    kinds = {name: header.dtype.kind for name, header in scalars.items() if not header.shape}
    small = sum(header.nbytes for header in scalars.values()) <= _MAX_TEXT
    if (
        kinds != _SCALARS
        or len(scalars) > len(kinds)
        or not small
        or (str(arrays.read("format")) != _FORMAT)
    ):
        raise UserError(
            f"{path} is not a weights file: name a file that `imgforensics export_weights` wrote, "
            "or a training run's folder"
        )


def _is_infinite(array):
    return array.dtype.kind == "f" and not np.isfinite(array).all()


def _digest(entries: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in sorted(entries):
        entry = np.ascontiguousarray(entries[key])
        digest.update(f"{key} {entry.dtype.str} {entries[key].shape} ".encode())
        digest.update(entry.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
