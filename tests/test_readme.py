"""The README says what the saved results say, and shows only what is there."""

import pathlib
import re

from imgforensics.evaluation import readme

_ROOT = pathlib.Path(__file__).parent.parent
_TEXT = (_ROOT / "README.md").read_text(encoding="utf-8")


def test_table_is_that_of_the_results():
    assert readme.fill(_TEXT, _ROOT / "results") == _TEXT


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
