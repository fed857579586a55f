"""Several devices, one cache of compiled programs and quick compilation for the whole suite."""

import importlib.metadata
import os
import tempfile

# In the environment, so that neither the processes that share the tests nor the commands which
# these start compile anything twice.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _CACHE = tempfile.TemporaryDirectory(prefix="imgforensics-compiled-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _CACHE.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"

# LLVM's first level takes three quarters of the default one's time to compile, and what the tests
# run is as quick; XLA's older code generator for CPUs saves more of it. Both round within the same
# bounds. From jaxlib 0.11 on there is only the newer generator, and XLA ends a process that asks
# for a flag that it doesn't know.
if tuple(map(int, importlib.metadata.version("jaxlib").split(".")[:2])) < (0, 11):
    os.environ.setdefault(
        "XLA_FLAGS", "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false"
    )
else:
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")

import compiling
import jax
import pytest

jax.config.update("jax_num_cpu_devices", 8)

pytest_plugins = [
    "browser_fixtures",
    "document_fixtures",
    "model_fixtures",
    "picture_fixtures",
    "postgres_fixtures",
    "run_fixtures",
]


@pytest.fixture(scope="module")
def hardly_optimized():
    """For modules whose programs take longer to compile than to run."""
    with compiling.hardly_optimized():
        yield
