"""From a config and the `sweep(add)` beside it to the points that are trained."""

import hashlib
import importlib.util
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import ml_collections

from imgforensics.utils.errors import UserError

# What the `sweep` of a config file is given: add(**{"field.path": value}) makes a point, and
# add("label", **{"field.path": value}) names what it tries.
Add = Callable[..., None]

_MAX_LENGTH = 100  # characters of a folder's name


class Point(NamedTuple):
    """One run of a sweep.

    Attributes:
        name: of its folder, unlike that of any other point.
        label: what is tried, the same for all seeds: as given, or the fields that were set besides
            the seed, or "base".
        fields: what was set, by dotted name.
        config: the whole config, locked.
    """

    name: str
    label: str
    fields: dict[str, Any]
    config: ml_collections.ConfigDict


def load(path: str | os.PathLike) -> tuple[Callable[[Add], None], str]:
    """The `sweep` of a config file, and the first line of its docstring: the question it asks.

    Args:
        path: of the file; what follows a colon, the config's argument, is left away.

    Raises:
        UserError: the file has no `sweep`.
    """
    file = str(path).partition(":")[0]
    spec = importlib.util.spec_from_file_location("swept_config", file)
    if spec is None or spec.loader is None:
        raise UserError(f"{file} is not a Python file: name a config")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "sweep"):
        raise UserError(f"{file} has no sweep(add): train it by `imgforensics train`, or add one")
    return module.sweep, (module.__doc__ or "").partition("\n")[0]


def expand(
    base: ml_collections.ConfigDict,
    sweep: Callable[[Add], None],
    overridden: Mapping[str, Any] | None = None,
) -> list[Point]:
    """The points of a sweep, in the order in which they were added.

    Args:
        base: the config of which each point sets some fields; stays as it is.
        sweep: calls `add` for each point.
        overridden: fields that the command line has set in `base` already.

    Raises:
        UserError: a field is unknown, of another type, or overridden; two points are the same, or
            differ in more than the seed under one label; or there are none.
    """
    points, labelled = {}, {}

    def add(label="", /, **fields):
        for name in fields.keys() & (overridden or {}).keys():
            raise UserError(f"config.{name} is swept: leave --config.{name} away")
        point = _point(base, label, fields)
        if point.name in points:
            raise UserError(f"the sweep adds the point {point.name} twice: leave one away")
        tried = _without_seed(fields)
        if labelled.setdefault(point.label, tried) != tried:
            raise UserError(f"the sweep has different points labelled {point.label!r}")
        points[point.name] = point

    sweep(add)
    if not points:
        raise UserError("the sweep adds no point: call add(**{'field': value}) in it")
    return list(points.values())


def named(points: Sequence[Point], names: Sequence[str]) -> list[Point]:
    """The points of these names.

    Raises:
        UserError: there is no such point.
    """
    by_name = {point.name: point for point in points}
    for name in names:
        if name not in by_name:
            raise UserError(f"the sweep has no point {name!r}; it has {', '.join(by_name)}")
    return [by_name[name] for name in names]


def _point(base, label, fields):
    config = base.copy_and_resolve_references().lock()
    try:
        config.update_from_flattened_dict(fields)
    except (KeyError, AttributeError, TypeError) as error:
        reason = " ".join(str(error.args[0]).split())
        raise UserError(f"the sweep cannot set {', '.join(fields)}: {reason}") from error
    tried = ", ".join(f"{name}={value}" for name, value in _without_seed(fields).items())
    label = label or tried or "base"
    return Point(_name(label, config.seed), label, fields, config)


def _without_seed(fields):
    return {name: value for name, value in fields.items() if name != "seed"}


def _name(label, seed):
    """A folder's name: letters, digits and few signs, with a hash where it would be too long."""
    name = re.sub(r"[^A-Za-z0-9.,=_-]+", "_", label.replace(", ", ","))
    if len(name) > _MAX_LENGTH:
        name = f"{name[:_MAX_LENGTH]}-{hashlib.sha256(label.encode()).hexdigest()[:8]}"
    return f"{name}-seed{seed}"
