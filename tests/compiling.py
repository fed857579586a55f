"""How well XLA optimizes what it compiles."""

import contextlib
import os

import jax
import pytest

_SWITCH = "JAX_DISABLE_MOST_OPTIMIZATIONS"


@contextlib.contextmanager
def hardly_optimized():
    """Programs are hardly optimized, which takes half the time, here and in commands begun here.

    For those that take longer to compile than to run. They round otherwise than the same programs
    do elsewhere.
    """
    jax.clear_caches()  # which don't tell by what optimization a program was compiled
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(_SWITCH, "1")
            jax.config.update(_SWITCH.lower(), True)
            yield
    finally:
        jax.config.update(_SWITCH.lower(), os.environ.get(_SWITCH) == "1")
        jax.clear_caches()


def fully_optimized() -> dict[str, str]:
    """The environment of a command whose programs run for longer than they take to compile."""
    return {name: value for name, value in os.environ.items() if name not in (_SWITCH, "XLA_FLAGS")}
