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

# XLA's older code generator for CPUs compiles most programs here in less time, and rounds within
# the same bounds. From jaxlib 0.11 on there is only the newer one, and XLA ends a process that asks
# for a flag that it doesn't know.
if tuple(map(int, importlib.metadata.version("jaxlib").split(".")[:2])) < (0, 11):
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")

import jax

jax.config.update("jax_num_cpu_devices", 8)

pytest_plugins = ["model_fixtures", "picture_fixtures", "run_fixtures"]
