"""The cache of compiled programs is that of as many CPU cores, if there can be one."""

import os
import subprocess
import sys

import jax
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


_START = """
import pathlib, sys
from imgforensics.utils import cli, compilation
def main(argv):
    if {homeless}:
        def home(): raise RuntimeError("Could not determine home directory.")
        pathlib.Path.home = home
    compilation.use_cache()
    import jax
    print(jax.config.jax_compilation_cache_dir)
cli.run(main)
"""


def start(homeless=False, **environment):
    """What a program says that has no cache of its own, and starts in this environment."""
    inherited = os.environ | environment
    for name in ("JAX_COMPILATION_CACHE_DIR", "XDG_CACHE_HOME"):
        if name not in environment:
            inherited.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", _START.format(homeless=homeless)],
        env=inherited, capture_output=True, text=True,
    )  # fmt: skip


def test_without_a_home_there_is_no_cache(tmp_path):
    """As for a user without an entry in passwd, behind a file, or on a disk that is not ours."""
    (tmp_path / "file").touch()
    for done in (
        start(homeless=True),
        start(XDG_CACHE_HOME=str(tmp_path / "file")),
        start(XDG_CACHE_HOME="/proc/nowhere"),
    ):
        assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")


@pytest.mark.parametrize("platform", ["cuda", "tpu", "nosuch"])
def test_a_device_that_is_not_there_is_one_line(platform, tmp_path):
    if platform != "nosuch" and any(device.platform in ("gpu", "tpu") for device in jax.devices()):
        pytest.skip("this machine has one")
    done = start(JAX_PLATFORMS=platform, XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == (
        f"error: JAX finds no device of JAX_PLATFORMS={platform}: unset JAX_PLATFORMS, or set it "
        "to cpu\n"
    )
