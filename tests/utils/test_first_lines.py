"""Commands say something before they load what takes seconds."""

import pathlib
import subprocess
import sys

from imgforensics import commands

ROOT = pathlib.Path(__file__).parents[2]
MODULES = ["imgforensics.main", *(f"imgforensics.commands.{name}" for name in commands.ALL)]
MODULES += sorted(f"experiments.{path.stem}" for path in (ROOT / "experiments").glob("[!_]*.py"))

# All in one process, and names the first module after which one of these was there.
_IMPORT = """
import sys
from imgforensics.utils import cli
for module in sys.argv[1:]:
    assert cli.load(module).__name__ == module
    if found := {"jax", "flax", "torch", "matplotlib", "tensorflow_datasets"} & set(sys.modules):
        sys.exit(f"{module} imports {found}")
"""


def test_no_command_imports_jax_before_its_first_line():
    command = [sys.executable, "-c", _IMPORT, *MODULES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
