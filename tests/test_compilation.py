"""The cache of compiled programs is that of as many CPU cores."""

import os
import subprocess
import sys

import pytest

_PRINT_FOLDER = """
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
import jax
from imgforensics import compilation
compilation.use_cache()
print(compilation.cores(), jax.config.jax_compilation_cache_dir)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't bind processes to cores")
def test_folder_is_for_the_number_of_cores(tmp_path):
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    del environment["JAX_COMPILATION_CACHE_DIR"]
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_FOLDER],
        env=environment, capture_output=True, text=True, check=True,
    )
    folder = tmp_path / "imgforensics" / "compiled" / "1-cores"
    assert done.stdout.split() == ["1", str(folder)]


def test_a_folder_that_the_user_names_is_taken(tmp_path):
    code = "import jax; from imgforensics import compilation; compilation.use_cache()"
    code += "; print(jax.config.jax_compilation_cache_dir)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )
    assert done.stdout.strip() == str(tmp_path)
