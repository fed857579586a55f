"""f between every two images of two sets, in memory for the pairs alone.

`metric.distance` of broadcast embeddings holds [m, n, D] differences, some GiB for batches of
thousands. Here the terms of f are added up feature by feature, and the gradient computes the
differences again instead of keeping them.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from imgforensics.models.metric import Metric

_FEATURES = 8  # that are added up in one pass over the pairs


def distances(metric: Metric, first: jax.Array, second: jax.Array) -> jax.Array:
    """f(I, J) of every I and J, as `metric.distance` gives it up to the rounding of sums.

    The gradient is the same, too, also where differences are 0.

    Args:
        metric: what f is made of.
        first: embeddings, float [m, D].
        second: likewise, [n, D].

    Returns:
        float [m, n].
    """
    # Features that are 0 in all of them change nothing.
    filled = -len(metric.alpha) % _FEATURES
    alpha = jnp.pad(metric.alpha, (0, filled))
    first, second = (jnp.pad(part.T, ((0, filled), (0, 0))) for part in (first, second))
    f = _weighted(metric.squared, alpha, first, second)
    return f if metric.offset is None else f + metric.offset


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _weighted(squared, alpha, first, second):
    """sum_k alpha_k |first_ki - second_kj|^p of [D], [D, m] and [D, n]: [m, n]."""

    def add(total, part):
        for weight, one, other in zip(*part):
            difference = one[:, None] - other
            power = jnp.square(difference) if squared else jnp.abs(difference)
            total = total + weight * power
        return total, None

    nothing = jnp.zeros((first.shape[1], second.shape[1]), first.dtype)
    return lax.scan(add, nothing, _parts(alpha, first, second))[0]


def _forward(squared, *operands):
    return _weighted(squared, *operands), operands


def _backward(squared, operands, cotangent):
    def gradients(weight, one, other):
        # Differences are those of deviations from a middle, in which no digits cancel.
        middle = one.mean()
        one, other = one - middle, other - middle
        difference = one[:, None] - other
        # As JAX's own of |d|, which is 1 at 0.
        slope = cotangent * (2 * difference if squared else jnp.where(difference < 0, -1, 1))
        rows, columns = slope.sum(axis=1), slope.sum(axis=0)
        # As |d|^p = d (|d|^p)' / p, the sum over all pairs is one over rows and columns.
        of_weight = (one * rows).sum() - (other * columns).sum()
        of_weight = of_weight / 2 if squared else of_weight
        return of_weight, weight * rows, -weight * columns

    def some(_, part):
        each = [gradients(*feature) for feature in zip(*part)]
        return None, tuple(map(jnp.stack, zip(*each)))

    found = lax.scan(some, None, _parts(*operands))[1]
    return tuple(part.reshape(like.shape) for part, like in zip(found, operands))


def _parts(*operands):
    """Each [D, ...] as [D / _FEATURES, _FEATURES, ...]."""
    return tuple(part.reshape(-1, _FEATURES, *part.shape[1:]) for part in operands)


_weighted.defvjp(_forward, _backward)
