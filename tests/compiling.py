"""How well XLA optimizes what it compiles."""

import contextlib

import jax
import pytest


@contextlib.contextmanager
def hardly_optimized():
    """Programs are hardly optimized, which takes half the time, here and in commands begun here.

    For those that take longer to compile than to run. They round otherwise than the same programs
    do elsewhere.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
        jax.config.update("jax_disable_most_optimizations", True)
        try:
            yield
        finally:
            jax.config.update("jax_disable_most_optimizations", False)
