"""A second start of training takes its programs from the persistent cache."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 300  # seconds; the machine may be busy
TRAIN = """
import sys
from imgforensics.inference import weights
from imgforensics.training import loop

config, workdir = sys.argv[1:]
loop.train(weights.config_from_json(config), workdir)
"""


@pytest.mark.slow
def test_second_start_compiles_nothing(tiny, tmp_path):
    config = tiny.copy_and_resolve_references()
    config.steps = 2
    for step in ("gamma", "local_edit"):  # which takes compilation
        config.manipulations[step].probability = 0.0
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)
    cache = tmp_path / "cache"

    def compiled(workdir):
        """The programs in the cache after a run."""
        subprocess.run(
            [sys.executable, "-c", TRAIN, config.to_json(), str(tmp_path / workdir)],
            cwd=ROOT,
            env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(cache)},
            check=True,
            timeout=PATIENCE,
        )
        return {path.name for path in cache.rglob("*-cache")}

    first = compiled("first")
    assert len(first) > 3
    assert compiled("second") == first
