"""The CPU cores that programs are compiled for, and the persistent cache of these."""

import os
import pathlib
import sys

import jax

from imgforensics.utils.errors import UserError

_MOST_PROGRAMS = 8  # side by side on a CPU; each keeps a batch's features in memory


def use_cache() -> None:
    """Keeps compiled programs on disk, so that a second start skips most of the compilation.

    The folder is JAX_COMPILATION_CACHE_DIR, or one in imgforensics in the user's cache folder, for
    the number of CPU cores: XLA cuts the loops of a program into as many parts, but does not look
    at that when it takes a program from the cache. Who has no home, or one that can't be written
    to, does without.

    Every command comes here before its long work, for which it needs a device.

    Raises:
        UserError: JAX finds no device.
    """
    _check_devices()
    if jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined]
        return
    try:
        home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(home) / "imgforensics" / "compiled" / f"{cores()}-cores"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the latter where a user has no entry in passwd
        return
    if os.access(folder, os.W_OK | os.X_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        # Small programs, too: of many, what they take adds up.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)


def _check_devices():
    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # the latter for a GPU that isn't there
        asked = jax.config.jax_platforms or ""
        raise UserError(
            f"JAX finds no device of JAX_PLATFORMS={asked}: unset JAX_PLATFORMS, or set it to cpu"
        ) from error


def cores() -> int:
    """How many CPU cores this process may use; XLA takes as many threads."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def side_by_side() -> int:
    """How many programs at once keep the CPU cores busy.

    A network is many small operations. Cores that share each of these mostly wait for one another,
    so that they do more with a program each.
    """
    return min(cores(), _MOST_PROGRAMS)
