"""f of many pairs, one feature after another, so that no array has a pair's features.

`models.metric.distance` says what f is; of [D] numbers of [n, m] pairs it makes an array [n, m, D].
Here features are the first axis of embeddings and the summands of a loop over arrays of pairs,
whose innermost axis is long and contiguous. Several features are added up in one pass over the
pairs: as many as fit into registers, with their weights.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from imgforensics.models.metric import Metric


def features_first(embeddings: jax.Array, a_pass: int) -> jax.Array:
    """[n, D] into float32 [D', n], filled up with zeros to whole passes of so many features."""
    array = jnp.asarray(embeddings, jnp.float32)
    return jnp.pad(array.T, ((0, -array.shape[1] % a_pass), (0, 0)))


def padded(forensic: Metric, a_pass: int) -> Metric:
    """The metric of `features_first`: the features that are filled up weigh nothing."""
    alpha = jnp.asarray(forensic.alpha, jnp.float32)
    return forensic.replace(alpha=jnp.pad(alpha, (0, -len(alpha) % a_pass)))


def distances(
    forensic: Metric, difference: Callable[[jax.Array], jax.Array], a_pass: int, start: jax.Array
) -> jax.Array:
    """f(I, J), as `metric.distance` up to the rounding of sums.

    Args:
        forensic: from `padded`.
        difference: from a feature's number to the difference of all pairs in it, float32 [...].
        a_pass: how many features are added up in one pass over the pairs.
        start: float32 [...], to which f is added.
    """

    def add(number, total):
        for feature in (number * a_pass + i for i in range(a_pass)):
            of_pairs = difference(feature)
            power = jnp.square(of_pairs) if forensic.squared else jnp.abs(of_pairs)
            total += forensic.alpha[feature] * power
        return total

    f = lax.fori_loop(0, len(forensic.alpha) // a_pass, add, start)
    return f if forensic.offset is None else f + forensic.offset
