"""The config that was saved with a run or a model, checked field by field before it is used.

A config file is code of the user's own; a saved config came with a file that may be anyone's. What
a field may be is told here once, with bounds within which a network is built, and an image is
embedded, in reasonable time and memory.
"""

import dataclasses
import os
import re
from collections.abc import Callable
from typing import Any

import ml_collections

from imgforensics.manipulations import ranges
from imgforensics.models import build
from imgforensics.utils import reading
from imgforensics.utils.errors import UserError

MAX_SIDE = 1024  # pixels of the network's input
MAX_FEATURES = 2**22  # numbers that a block makes of one image
_MAX_STAGES = 12
_MAX_BLOCKS = 32  # of all stages of the compact network
_MAX_WIDTH = 2**16
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_Check = Callable[[Any], str | None]  # what a value should be, if it is something else


def _whole(low: int, high: int) -> _Check:
    def check(value):
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if fits else f"a whole number from {low} to {high}"

    return check


def _number(low: float = -1e12, high: float = 1e12) -> _Check:
    def check(value):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if number and low <= value <= high else f"a number from {low:g} to {high:g}"

    return check


def _flag(value) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _word(value) -> str | None:
    return None if isinstance(value, str) and "\0" not in value else "text"


def _several(each: _Check, low: int, high: int) -> _Check:
    def check(value):
        if isinstance(value, (list, tuple)) and low <= len(value) <= high:
            wrong = next(filter(None, map(each, value)), None)
            return wrong and f"a list of which each is {wrong}"
        return f"a list of {low} to {high} values" if low < high else f"a list of {low} values"

    return check


_SEED, _COUNT, _SHARE = _whole(0, 2**32 - 1), _whole(1, 2**31 - 1), _number(0, 1)

# What the use of a trained model needs of the run that it is from.
_REQUIRED = {
    "seed": _SEED,
    "data.source": _word,
    "data.folder": _word,
    "data.size": _COUNT,
    "data.seed": _SEED,
    "data.split": _several(_SHARE, 3, 3),
    "data.split_seed": _SEED,
    "batch_size": _COUNT,
    "validation_triplets": _COUNT,
    "evaluation.test_pairs": _COUNT,
    "evaluation.real_runs": _COUNT,
}
# Earlier versions don't have all of these, or only training reads them.
_OPTIONAL = {
    "data.held_out": _several(_word, 0, 10_000),
    "data.added_procedural": _whole(0, 2**31 - 1),
    "data.added_blots": _whole(0, 2**31 - 1),
    "data.neighbours": _COUNT,
    "data.labelled": _word,
    "data.labelled_share": _SHARE,
    "data.on_device": _flag,
    "view.probability": _SHARE,
    "view.share": _several(_number(), 2, 2),
    "view.gamma": _several(_number(), 2, 2),
    "jitter.brightness": _number(0, 1),
    "jitter.contrast": _number(0, 1),
    "loss.name": _word,
    "loss.negatives": _whole(0, 2**31 - 1),
    "loss.hardness": _number(),
    "loss.mining": _word,
    "loss.margin": _number(),
    "loss.contrastive_margin": _number(),
    "loss.spread": _number(),
    "optimizer.name": _word,
    "optimizer.learning_rate": _number(),
    "optimizer.momentum": _number(),
    "optimizer.decay_steps": _whole(0, 2**31 - 1),
    "optimizer.warmup_steps": _whole(0, 2**31 - 1),
    "budget_seconds": _number(),
    "ema_decay": _SHARE,
    "matmul_precision": _word,
    "initial_weights": _word,
    "steps": _COUNT,
    "validate_every": _COUNT,
    "patience": _COUNT,
    "checkpoint_every": _COUNT,
}
# Fields of `config.model` that are not just what their annotation says.
_MODEL = {
    "architecture": _word,
    "dtype": _word,
    "channels": _several(_whole(1, _MAX_WIDTH), 1, _MAX_STAGES),
    "blocks": _several(_whole(0, _MAX_BLOCKS), 1, _MAX_STAGES),
}
_ANNOTATED: dict[object, _Check] = {
    int: _whole(1, _MAX_WIDTH),
    float: _number(),
    bool: _flag,
    str: _word,
}
# Of the manipulations likewise: their example is `ranges.v01`.
_MANIPULATIONS = {
    "output_size": _whole(1, MAX_SIDE),
    "text.letters": _several(_whole(1, 100), 2, 2),
    "text.size": _whole(1, 256),
}
_EXAMPLE = {
    bool: _flag,
    int: _number(-1000, 1000),
    float: _number(-1000, 1000),
    tuple: _several(_number(-1000, 1000), 2, 2),
}


def from_json(text: str, where: str | os.PathLike) -> ml_collections.ConfigDict:
    """The locked config whose `to_json` gave the text; JSON's lists become tuples again.

    Manipulations that are younger than the config are added, with probability 0.

    Args:
        text: JSON.
        where: it was read from, for messages.

    Raises:
        UserError: it is no JSON or no config, or a field is missing, of another type or beyond
            what this program takes; names the field.
    """
    remedy = "it is damaged, or of another version"
    try:
        values = tuples(reading.parse(text))
    except ValueError as error:
        raise UserError(f"the config in {where} can't be read ({error}): {remedy}") from error
    problem = _problem(values)
    if problem:
        raise UserError(f"{where} {problem}: {remedy}")
    return ml_collections.ConfigDict(values).lock()


def tuples(value: Any) -> Any:
    """A value as JSON gives it, with tuples in place of its lists."""
    if isinstance(value, dict):
        return {key: tuples(entry) for key, entry in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def _problem(values) -> str | None:
    """What is wrong with a config; adds the manipulations that it can't know yet."""
    if not isinstance(values, dict):
        return "has a config that is no JSON object"
    if wrong := _strange_name(values):
        return f"has a config with a field {wrong}"
    for section in ("model", "manipulations"):
        if not isinstance(values.get(section), dict):
            return f"has no config.{section}"
    return (
        _wrong(values, _REQUIRED, "config")
        or _wrong(values, _OPTIONAL, "config", required=False)
        or _wrong_model(values["model"])
        or _wrong_manipulations(values["manipulations"])
        or _too_large(values["model"], values["manipulations"]["output_size"])
    )


def _strange_name(values) -> str | None:
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            return _short(name)
        if isinstance(value, dict) and (wrong := _strange_name(value)):
            return wrong
    return None


def _wrong(values, checks, prefix, required=True) -> str | None:
    for name, check in checks.items():
        value = values
        for part in name.split("."):
            value = value.get(part, KeyError) if isinstance(value, dict) else KeyError
        if value is KeyError and required:
            return f"has no {prefix}.{name}"
        if value is not KeyError and (wanted := check(value)):
            return f"has {prefix}.{name}={_short(value)}, which should be {wanted}"
    return None


def _wrong_model(model) -> str | None:
    if wrong := _wrong(model, {"architecture": _word}, "config.model", required=False):
        return wrong
    try:
        network = build.architecture(ml_collections.ConfigDict(model))
    except UserError as error:
        return f"can't be used: {error}"
    known = {field.name: field.type for field in dataclasses.fields(network)}
    names = build.fields(ml_collections.ConfigDict(model)) - {"num_branches"}
    for name in model:
        if name not in names | {"architecture"}:
            return f"has an unknown field config.model.{name}"
    checks = {name: _MODEL.get(name) or _ANNOTATED[known[name]] for name in sorted(names)}
    return _wrong(model, checks, "config.model")


def _wrong_manipulations(manipulations) -> str | None:
    example = ranges.v01().to_dict()
    for name, section in example.items():
        if name not in manipulations and isinstance(section, dict) and "probability" in section:
            manipulations[name] = section | {"probability": 0.0}
    checks = {
        name: _MANIPULATIONS.get(name) or _EXAMPLE[type(value)]
        for name, value in _flat(example).items()
    }
    if wrong := _wrong(manipulations, checks, "config.manipulations"):
        return wrong
    try:
        ranges.check(ml_collections.ConfigDict(manipulations))
    except UserError as error:
        return f"can't be used: config.manipulations.{error}"
    return None


def _too_large(model, side) -> str | None:
    """Refuses networks whose features of an image would fill the memory, or take for ever."""
    if sum(model.get("blocks", ())) > _MAX_BLOCKS:
        return f"has more than {_MAX_BLOCKS} blocks in config.model.blocks"
    features = max(
        channels * (side >> stage) ** 2 for stage, channels in enumerate(model["channels"])
    )
    if features > MAX_FEATURES:
        return f"describes a network with {features} features of an image, beyond {MAX_FEATURES}"
    return None


def _flat(values: dict, prefix: str = "") -> dict:
    flat = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
