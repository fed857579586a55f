"""Several devices and one cache of compiled programs for the whole suite."""

import os
import tempfile

# In the environment, so that neither the processes that share the tests nor the commands which
# these start compile anything twice.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _CACHE = tempfile.TemporaryDirectory(prefix="imgforensics-compiled-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _CACHE.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"

import jax  # noqa: E402  (it reads the environment)

jax.config.update("jax_num_cpu_devices", 8)
