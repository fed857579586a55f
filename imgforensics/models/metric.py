"""The forensic metric f, at most 1 for copies: the paper's (section 3.2) and those it builds on.

All are f(I, J) = sum_k alpha_k |C_k(I) - C_k(J)|^p + offset. They differ in where alpha comes from:

    kind               p  alpha                            offset
    alpha_l1           1  learned (the paper)              0
    positive_alpha_l1  1  softplus of what is learned      0
    constant_alpha_l1  1  a constant of the config         0
    biased_alpha_l1    1  learned                          1 - a learned bias (Koch et al. 2015)
    l1                 1  1 / threshold                    0
    squared_l2         2  1 / threshold                    0, and embeddings have unit length

The losses that go with the last two order distances, but don't say below which one images are
copies. There f is the distance over a threshold, which each validation of a run sets to where the
validation pairs are told apart best (`fit_threshold`). It is kept beside the running moments, so
that checkpoints, exported weights and everything that reads them have it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from flax import linen as nn
from flax import struct
from jax import lax

Array = jax.Array | np.ndarray

_TINY = 1e-12


class Metric(struct.PyTreeNode):
    """What f is made of.

    Attributes:
        alpha: float [D].
        offset: float [] that is added to every f, or None.
        squared: whether differences are squared.
    """

    alpha: Array
    offset: Array | None = None
    squared: bool = struct.field(pytree_node=False, default=False)


class Kind(NamedTuple):
    """How a metric comes about.

    Attributes:
        needs: names of the parameters that a network declares for it: alpha and raw_alpha are [D],
            bias and threshold are scalars.
        build: makes it from these, D, and the config's constant.
    """

    needs: tuple[str, ...]
    build: Callable[[Mapping[str, jax.Array], int, float], Metric]


def _over_threshold(squared):
    return lambda values, features, constant: Metric(
        jnp.full(features, 1 / values["threshold"]), squared=squared
    )


KINDS = {
    "alpha_l1": Kind(("alpha",), lambda values, features, constant: Metric(values["alpha"])),
    "positive_alpha_l1": Kind(
        ("raw_alpha",),
        lambda values, features, constant: Metric(jax.nn.softplus(values["raw_alpha"])),
    ),
    "constant_alpha_l1": Kind(
        (), lambda values, features, constant: Metric(jnp.full(features, constant, jnp.float32))
    ),
    "biased_alpha_l1": Kind(
        ("alpha", "bias"),
        lambda values, features, constant: Metric(values["alpha"], 1 - values["bias"]),
    ),
    "l1": Kind(("threshold",), _over_threshold(squared=False)),
    "squared_l2": Kind(("threshold",), _over_threshold(squared=True)),
}


def declare(module: nn.Module, alpha_init: Callable) -> Metric:
    """The metric of a network, whose parameters are declared in the network's own scope.

    Args:
        module: with the attributes metric, embedding_features and constant_alpha.
        alpha_init: draws the start of the kinds that learn alpha itself.
    """
    size, kind = module.embedding_features, KINDS[module.metric]
    start = nn.initializers.constant(initial_raw_alpha(size))
    parameters = {
        "alpha": lambda: module.param("alpha", alpha_init, (size,)),
        "raw_alpha": lambda: module.param("raw_alpha", start, (size,)),
        "bias": lambda: module.param("bias", nn.initializers.zeros, ()),
        "threshold": lambda: module.variable("moments", "threshold", jnp.ones, ()).value,
    }
    values = {name: parameters[name]() for name in kind.needs}
    return kind.build(values, size, module.constant_alpha)


def of(model: ml_collections.ConfigDict, params: Mapping, moments: Mapping) -> Metric:
    """The metric of a trained network.

    Args:
        model: `config.model`.
        params, moments: of the network.
    """
    kind = KINDS[model.metric]
    values = {name: {**params, **moments}[name] for name in kind.needs}
    return kind.build(values, model.embedding_features, model.constant_alpha)


def distance(metric: Metric, first: Array, second: Array) -> jax.Array:
    """f(I, J), for the paper's metric sum_k alpha_k |C_k(I) - C_k(J)| (equation 1).

    Args:
        metric: what f is made of.
        first, second: embeddings, float [..., D], broadcast against each other.

    Returns:
        float [...]: at most 1 for copies, above 1 for different images. f(I, J) = f(J, I) always,
        and f(I, I) = 0 but for an offset. As alpha may be negative the paper's f is not a metric
        in the mathematical sense; with `positive_alpha_l1` it is one on embeddings.
    """
    differences = first - second
    differences = jnp.square(differences) if metric.squared else jnp.abs(differences)
    # In full: accelerators would round the factors to ten bits.
    f = jnp.matmul(differences, metric.alpha, precision=lax.Precision.HIGHEST)
    return f if metric.offset is None else f + metric.offset


def likelihood(distances: Array | float) -> jax.Array:
    """sigmoid(1 - f), at least 1/2 where f <= 1 (equations 2 and 3)."""
    return jax.nn.sigmoid(1 - distances)


def unit(embeddings: jax.Array) -> jax.Array:
    """Scales embeddings [..., D] to unit length; those that are (nearly) 0 stay so."""
    squares = jnp.square(embeddings).sum(axis=-1, keepdims=True)
    return embeddings * lax.rsqrt(jnp.maximum(squares, _TINY))


def initial_raw_alpha(features: int) -> float:
    """What softplus takes to 1 / D, so that f starts as the mean of the absolute differences."""
    return math.log(math.expm1(1 / features))


def rescale(kind: str, params: Mapping, moments: Mapping, threshold: float) -> tuple[dict, dict]:
    """Divides f by a threshold, so that it is 1 where it was the threshold.

    Args:
        kind: of the metric.
        params, moments: of the network.
        threshold: > 0.

    Returns:
        The parameters and moments of the network whose f is f / threshold.

    Raises:
        ValueError: f of this kind can't be scaled.
    """
    params, moments = dict(params), dict(moments)
    if "bias" in params or kind == "constant_alpha_l1":
        raise ValueError(f"f of the kind {kind!r} can't be scaled")
    if "alpha" in params:
        params["alpha"] = params["alpha"] / threshold
    elif "raw_alpha" in params:
        alpha = jax.nn.softplus(params["raw_alpha"]) / threshold
        params["raw_alpha"] = alpha + jnp.log(-jnp.expm1(-alpha))  # log(exp(alpha) - 1)
    else:
        moments["threshold"] = moments["threshold"] * threshold
    return params, moments


def needs_threshold(kind: str) -> bool:
    """Whether f of this kind is a distance over a threshold."""
    return "threshold" in KINDS[kind].needs


def fit_threshold(same: jax.Array, different: jax.Array) -> jax.Array:
    """The threshold at which pairs are told apart best.

    Args:
        same, different: distances of pairs of copies, float [n], and of different images [m].

    Returns:
        float []: among the midpoints between neighbouring distances, the first at which the
        balanced accuracy, the mean of the shares of copies at or below and of different images
        above it, is highest. Above 0.
    """
    ordered = jnp.sort(jnp.concatenate([same, different]))
    cuts = (ordered[:-1] + ordered[1:]) / 2
    copies = (same <= cuts[:, None]).mean(axis=1)
    others = (different > cuts[:, None]).mean(axis=1)
    return jnp.maximum(cuts[jnp.argmax(copies + others)], _TINY)


def joint(distances: Sequence[jax.Array]) -> jax.Array:
    """The f whose likelihood is the mean likelihood of several, as the authors' V02 averages two.

    Args:
        distances: float [...] each, f of the same pairs by different views of their images.

    Returns:
        float [...], f itself where there is one view.
    """
    if len(distances) == 1:
        return distances[0]
    each = jnp.stack(distances)
    # Of the two logarithms at least one is far from the saturation of the other.
    same = jax.nn.logsumexp(jax.nn.log_sigmoid(1 - each), axis=0)
    different = jax.nn.logsumexp(jax.nn.log_sigmoid(each - 1), axis=0)
    return 1 + different - same
