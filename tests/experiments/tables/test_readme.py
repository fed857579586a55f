"""The README says what the saved results say, and shows only what is there."""

import functools
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

from experiments.tables import readme
from imgforensics import main

_ROOT = pathlib.Path(__file__).parents[3]
_TEXT = (_ROOT / "README.md").read_text(encoding="utf-8")
# Commands, which go on in the next line after a backslash, and end with their line or their span.
_COMMANDS = re.findall(r"(experiments\.\w+) +(-[^`\n]*)", _TEXT.replace("\\\n", " "))
# Takes the arguments as the command would, and prints the names of all that there are.
_PARSE = """
import importlib, sys
from absl import flags

importlib.import_module(sys.argv[1])
flags.FLAGS(sys.argv[1:])
if "config" in flags.FLAGS:
    flags.FLAGS.config
print(*flags.FLAGS)
"""


@functools.cache
def _parse(module, arguments):
    command = [sys.executable, "-c", _PARSE, module, *shlex.split(arguments)]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)


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


@pytest.mark.parametrize("module, arguments", _COMMANDS)
def test_commands_take_their_arguments(module, arguments):
    done = _parse(module, arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "module, arguments",
    [
        ("experiments.evaluate", "--wieghts=W --out=OUT"),
        ("experiments.robustness", "--weights=W --split=none --out=OUT"),
        ("experiments.train", "--config=configs/paper.py --config.batch=3"),
    ],
)
def test_wrong_arguments_are_noticed(module, arguments):
    assert _parse(module, arguments).returncode == 1


def test_flags_in_the_text_are_those_of_a_command():
    assert len(_COMMANDS) >= 12
    known = {name for command in _COMMANDS for name in _parse(*command).stdout.split()}
    mentioned = set(re.findall(r"`--(\w+)", _TEXT))
    assert len(mentioned) > 5 and mentioned <= known


def test_installed_commands_take_their_arguments():
    commands = re.findall(r"^imgforensics (.+)$", _TEXT, re.MULTILINE)
    assert commands
    for arguments in commands:
        assert main._parser().parse_args(shlex.split(arguments)).run
