"""The page of all commands says what they say."""

import pathlib
import subprocess
import sys

from imgforensics import commands

ROOT = pathlib.Path(__file__).parents[3]


_PAGE = """
import pathlib
from experiments.tables import command_page
print(command_page.page(pathlib.Path("experiments")), end="")
"""


def test_the_page_is_that_of_the_commands():
    """In a process of its own, where no command's flags are defined yet."""
    command = [sys.executable, "-c", _PAGE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert done.stdout == page, "it is outdated: run python -m experiments.command_page"
    for name in (*commands.ALL, "benchmark", "parity"):
        assert f"\n### {name}\n" in page
    assert max(map(len, page.splitlines())) <= 120
