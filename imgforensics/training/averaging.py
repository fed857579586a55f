"""The exponential moving average of a run's weights, which mostly judge better than the last ones.

(Polyak and Juditsky 1992, with the forgetting that is usual in deep learning.)
"""

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.utils.errors import UserError


def decay(config: ml_collections.ConfigDict) -> float:
    """`config.ema_decay`; runs of before there was one keep no average."""
    return config.get("ema_decay", 0.0)


def check(config: ml_collections.ConfigDict) -> None:
    """Refuses a decay that makes no average.

    Raises:
        UserError: it is not at least 0 and below 1.
    """
    if not 0 <= decay(config) < 1:
        raise UserError(
            f"config.ema_decay is {decay(config)}; it must be below 1, as 0.999, or 0 for no "
            "average"
        )


def updated(average, latest, config: ml_collections.ConfigDict):
    """The average after another step.

    Early on it forgets faster, with a decay of (1 + step) / (10 + step), so that it is soon rid of
    the random weights that it began with.

    Args:
        average: `state.Weights` before the step, or None where none is kept.
        latest: those after the step.
        config: of the run.

    Returns:
        As `average`. Running moments are averaged as the parameters are, but for counts.
    """
    if average is None:
        return None
    step = latest.step.astype(jnp.float32)
    kept = jnp.minimum(decay(config), (1 + step) / (10 + step))

    def mean(old, new):
        if not jnp.issubdtype(new.dtype, jnp.floating):
            return new
        return kept * old + (1 - kept) * new

    params, moments = jax.tree.map(
        mean, (average.params, average.moments), (latest.params, latest.moments)
    )
    return average._replace(params=params, moments=moments, step=latest.step)
