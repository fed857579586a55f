"""The machine's peak: the rate of one large matrix product."""

import jax
import jax.numpy as jnp
import torch

from experiments.benchmarks import timing

_SIDE = 4096


def measure(repeats: int, side: int = _SIDE) -> dict:
    """Times a float32 product of two [side, side] matrices in JAX and in PyTorch.

    Returns:
        A record with both rates, and the larger median as `per_second`.
    """
    ours = jax.random.normal(jax.random.key(0), (side, side))
    theirs = torch.randn(side, side)
    product = jax.jit(jnp.matmul)
    seconds = timing.by_turns(
        {
            "JAX": lambda: jax.block_until_ready(product(ours, ours)),
            "PyTorch": lambda: theirs @ theirs,
        },
        repeats,
        "matrix product",
    )
    rates = {
        name: timing.rate(2 * side**3, each, unit="floating-point operations")
        for name, each in seconds.items()
    }
    return {
        "side": side,
        "rates": rates,
        "per_second": max(rate["per_second"] for rate in rates.values()),
    }
