"""Commands say something before they load what takes seconds."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
_IMPORT = """
import importlib, sys

slow = set()
for module in sys.argv[1:]:
    importlib.import_module(module)
    for name in {"jax", "flax", "matplotlib", "tensorflow_datasets"} & sys.modules.keys() - slow:
        print(f"{module} imports {name}")
        slow.add(name)
"""


def test_no_command_imports_jax_before_its_first_line():
    modules = [f"experiments.{path.stem}" for path in sorted((ROOT / "experiments").glob("*.py"))]
    assert len(modules) > 15
    modules += ["imgforensics.main"]
    command = [sys.executable, "-c", _IMPORT, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
