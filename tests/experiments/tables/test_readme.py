"""The README says what the saved results say, and shows only what is there."""

import pathlib
import re
import shlex

import pytest
from absl import flags

from experiments.tables import readme
from imgforensics import commands
from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_ROOT = pathlib.Path(__file__).parents[3]
_TEXT = (_ROOT / "README.md").read_text(encoding="utf-8")
# Commands, which go on in the next line after a backslash, and end with their line or their span.
_COMMANDS = re.findall(
    r"(?:^|`)((?:python -m experiments\.|imgforensics )\w+ +[^`\n]*)",
    _TEXT.replace("\\\n", " "),
    re.MULTILINE,
)


def _parse(command):
    """Takes a command's arguments as it would; returns the names of all flags that it has."""
    first, *words = shlex.split(command)
    if first == "python":  # which from a clone is the same
        words[:2] = [words[1].removeprefix("experiments.")]
    name, *arguments = words
    module = cli.load(
        f"imgforensics.commands.{name}" if name in commands.ALL else f"experiments.{name}"
    )
    cli.parse(module, [name, *arguments])
    return set(flags.FLAGS)


def test_table_is_that_of_the_results():
    assert readme.fill(_TEXT, _ROOT / "results") == _TEXT


def test_page_on_accelerators_is_that_of_the_results():
    text = (_ROOT / "docs" / "accelerator.md").read_text(encoding="utf-8")
    assert readme.fill(text, _ROOT / "results", readme.ACCELERATOR) == text


def test_model_card_is_that_of_the_results():
    text = (_ROOT / "docs" / "model_card.md").read_text(encoding="utf-8")
    assert readme.fill(text, _ROOT / "results", readme.CARD) == text
    assert text.count("0.") > 8


def test_a_changed_table_is_noticed():
    changed = re.sub(r"\| 0\.\d+", "| 0.123", _TEXT)
    assert changed != _TEXT
    assert readme.fill(changed, _ROOT / "results") == _TEXT


def test_pictures_and_files_are_there():
    links = re.findall(r"\]\(([^)#:]+)\)", _TEXT)
    assert len(links) >= 3
    assert [link for link in links if not (_ROOT / link).exists()] == []


def test_modules_of_the_commands_are_there():
    modules = set(re.findall(r"python -m (experiments\.\w+)", _TEXT))
    assert len(modules) >= 5
    files = {_ROOT / f"{module.replace('.', '/')}.py" for module in modules}
    assert [file for file in files if not file.exists()] == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_commands_take_their_arguments(command):
    _parse(command)


@pytest.mark.parametrize(
    "command",
    [
        "python -m experiments.evaluate --wieghts=W --out=OUT",
        "imgforensics robustness --weights=W --split=none --out=OUT",
        "imgforensics train --config=paper --config.batch=3",
        "imgforensics compare A.png --out=OUT",
    ],
)
def test_wrong_arguments_are_noticed(command):
    with pytest.raises(UserError):
        _parse(command)


def test_flags_in_the_text_are_those_of_a_command():
    assert len(_COMMANDS) >= 12
    known = set().union(*map(_parse, _COMMANDS))
    mentioned = set(re.findall(r"`--(\w+)", _TEXT))
    assert len(mentioned) > 5 and mentioned <= known
