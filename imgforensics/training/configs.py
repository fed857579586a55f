"""The configs that come with the project, by name: as `--config=paper`, or as a base of others.

A config file of one's own starts from one of them:

    from imgforensics.training import configs

    def get_config():
        config = configs.load("quick")
        config.data.source = "folder"
        return config

They are the files of the folder `configs`, which an installed package holds inside itself.
"""

import difflib
import functools
import importlib.machinery
import importlib.util
import os
import pathlib
import re
from types import ModuleType

import ml_collections

from imgforensics.manipulations import ranges
from imgforensics.utils.errors import UserError

_PACKAGE = pathlib.Path(__file__).parents[1]
_BASE = "common"  # holds every field, with a comment each
# A field, its value and a comment, as an assignment or in a dict.
_FIELD = re.compile(r' +"?(\w[\w.]*)"?(?: =|:) .*?  # (.*)')


def folder() -> pathlib.Path:
    """Where the files lie: in the package, or beside it in a clone."""
    inside = _PACKAGE / "configs"
    return inside if inside.is_dir() else _PACKAGE.parent / "configs"


def names() -> list[str]:
    """The configs that can be named, in order of the alphabet."""
    return sorted(path.stem for path in folder().glob("[!_]*.py") if path.stem != _BASE)


def path(name: str) -> pathlib.Path:
    """The file of a config.

    Raises:
        UserError: there is none of this name.
    """
    if name != _BASE and name not in names():
        near = difflib.get_close_matches(name, names())
        raise UserError(
            f"there is no config named {name!r}: name a file (NAME.py), or one of "
            f"{', '.join(near or names())}"
        )
    return folder() / f"{name}.py"


@functools.cache
def module(name: str) -> ModuleType:
    """The module of a config, for what it has besides its `get_config`.

    Raises:
        UserError: as by `path`.
    """
    return _imported(path(name))


def load(name: str, *argument: str) -> ml_collections.ConfigDict:
    """A config by its name; each call makes a new one, locked.

    Args:
        name: of its file, without suffix; `common` has the paper's values of every field.
        argument: of its `get_config`, if it takes one.

    Raises:
        UserError: as by `path`.
    """
    return module(name).get_config(*argument)


def resolve(given: str) -> str:
    """The path that `--config` means: a file is taken as it is, and a name becomes its file.

    Args:
        given: FILE.py or NAME, with `:ARGUMENT` of `get_config` behind it, if there is one.

    Raises:
        UserError: as by `path`.
    """
    name, colon, argument = given.partition(":")
    if "/" in name or name.endswith(".py") or not name:
        file = pathlib.Path(name)
        if file.stem in names() and not file.exists():
            raise UserError(
                f"there is no file {name}: --config={file.stem} is the config of this name that "
                "comes with the project"
            )
        return given
    return f"{path(name)}{colon}{argument}"


def read(given: str) -> ml_collections.ConfigDict:
    """The config that `--config` names, locked.

    Args:
        given: as of `resolve`.

    Raises:
        UserError: there is no such config, or the file can't be read or makes none.
    """
    file, *argument = resolve(given).split(":", 1)
    try:
        config = _imported(file).get_config(*argument)
    except OSError as error:
        raise UserError(f"cannot read the config: {error}") from error
    if not isinstance(config, ml_collections.ConfigDict):
        raise UserError(f"get_config() of {file} returns {config!r}, which is no ConfigDict")
    return config.lock()


def _imported(file: str | os.PathLike) -> ModuleType:
    """The module of a file, whatever its name; it is not kept in `sys.modules`."""
    loader = importlib.machinery.SourceFileLoader("imgforensics_config", str(file))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None  # such a loader always has one
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


def describe(config: ml_collections.ConfigDict) -> str:
    """All fields, one a line, as Python sets them: what they are, and the comment on what they do.

    A line `config.a.b = value` is set by `--config.a.b=value` on the command line.
    """
    comments = _comments(config.model.architecture)
    lines = []
    for name, value in _leaves(config, "config"):
        comment = comments.get(name, "")
        lines.append(f"{name} = {value!r}" + (f"  # {comment}" if comment else ""))
    return "\n".join(lines)


def _leaves(config, prefix):
    for key, value in config.items():
        if isinstance(value, ml_collections.ConfigDict):
            yield from _leaves(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}", value


def _comments(architecture) -> dict[str, str]:
    """What the sources of the fields say of each, by its name."""
    sources = [(path(_BASE), "config"), (pathlib.Path(ranges.__file__), "config.manipulations")]
    if architecture == "compact":  # whose network has fields of its own
        sources.insert(0, (path(architecture), "config.model"))
    found = {}
    for file, prefix in sources:
        last = None
        for line in file.read_text(encoding="utf-8").splitlines():
            if field := _FIELD.match(line):
                last = f"{prefix}.{field[1].removeprefix('config.')}"
                if last in found:
                    last = None
                else:
                    found[last] = field[2]
            elif last and (more := re.match(r" +# (.*)", line)):
                found[last] += f" {more[1]}"
            else:
                last = None
    return found
