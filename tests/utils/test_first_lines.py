"""Commands say something before they load what takes seconds."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
MODULES = sorted(f"experiments.{path.stem}" for path in (ROOT / "experiments").glob("[!_]*.py"))

_IMPORT = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"


@pytest.mark.parametrize("module", [*MODULES, "imgforensics.main"])
def test_no_command_imports_jax_before_its_first_line(module):
    command = [sys.executable, "-c", _IMPORT, module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert module in imported
    assert not imported & {"jax", "flax", "torch", "matplotlib", "tensorflow_datasets"}
