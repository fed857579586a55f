"""The persistent cache of compiled programs."""

import os
import pathlib

import jax


def use_cache() -> None:
    """Keeps compiled programs on disk, so that a second start skips most of the compilation.

    The folder is JAX_COMPILATION_CACHE_DIR, or imgforensics in the user's cache folder.
    """
    if jax.config.jax_compilation_cache_dir is None:
        home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(home) / "imgforensics" / "compiled"
        jax.config.update("jax_compilation_cache_dir", str(folder))
