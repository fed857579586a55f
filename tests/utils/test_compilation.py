"""The cache of compiled programs is that of as many CPU cores."""

import os
import subprocess
import sys

import pytest

_PRINT_FOLDER = """
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
import jax
from imgforensics.utils import compilation
compilation.use_cache()
print(compilation.cores(), jax.config.jax_compilation_cache_dir)
jax.jit(lambda x: x + 1)(1.0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't bind processes to cores")
def test_folder_is_for_the_number_of_cores_and_small_programs_are_kept(tmp_path):
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    for name in ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"):
        del environment[name]
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_FOLDER],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    folder = tmp_path / "imgforensics" / "compiled" / "1-cores"
    assert done.stdout.split() == ["1", str(folder)]
    assert [path.name for path in folder.glob("jit__lambda*-cache")]


def test_a_folder_that_the_user_names_is_taken(tmp_path):
    code = "import jax; from imgforensics.utils import compilation; compilation.use_cache()"
    code += "; print(jax.config.jax_compilation_cache_dir)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path)
