"""All that a run is, between two steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import optax
from flax import core
from optax import contrib

from imgforensics.models.interface import EmbeddingNetwork
from imgforensics.utils.errors import UserError


class Weights(NamedTuple):
    """What an evaluation needs of a network, and where it stood in training.

    Attributes:
        params: float32 tree.
        moments: running moments of each branch, and the metric's threshold if it has one.
        step: int32, how many updates made these weights.
        validation_loss: float32, mean loss on the validation set, or infinity.
    """

    params: Any
    moments: Any
    step: jax.Array
    validation_loss: jax.Array


class State(NamedTuple):
    """A run between two steps; with the config it determines everything that follows.

    Attributes:
        latest: the weights that training goes on with.
        optimizer: the optimizer's state.
        best: those of the lowest validation loss so far.
        stale: int32, validations since `best` was found.
    """

    latest: Weights
    optimizer: Any
    best: Weights
    stale: jax.Array


def make_optimizer(config: ml_collections.ConfigDict) -> optax.GradientTransformation:
    """The optimizer of `config.optimizer`, for gradients summed over the batch.

    Muon (Jordan et al. 2024) moves matrices by their orthogonalised momentum, and Adam the rest.

    Raises:
        UserError: it is not offered.
    """
    rate = config.learning_rate
    if config.decay_steps:
        rate = optax.warmup_cosine_decay_schedule(
            0.0, config.learning_rate, config.warmup_steps, config.decay_steps
        )
    if config.name == "momentum":
        return optax.sgd(rate, momentum=config.momentum)
    if config.name == "adam":
        return optax.adam(rate, b1=config.momentum)
    if config.name == "muon":
        return contrib.muon(
            rate,
            adam_b1=config.momentum,
            adam_b2=0.99,
            muon_weight_dimension_numbers=_matrices,
            consistent_rms=0.2,  # as large as Adam's updates, for one rate of both
        )
    raise UserError(f"config.optimizer.name is {config.name!r}; it must be momentum, adam or muon")


def _matrices(params):
    """Kernels as matrices from all that a feature is made of to the features; no biases, no alpha.

    What is None here is left to Adam.
    """
    return jax.tree.map(
        lambda leaf: (
            contrib.MuonDimensionNumbers(tuple(range(leaf.ndim - 1)), leaf.ndim - 1)
            if leaf.ndim > 1
            else None
        ),
        params,
    )


def create(
    config: ml_collections.ConfigDict,
    network: EmbeddingNetwork,
    optimizer: optax.GradientTransformation,
) -> State:
    """The state before the first step, from `config.seed` alone.

    Raises:
        UserError: the network does not take images of `config.manipulations.output_size`.
    """
    side = config.manipulations.output_size
    seed = config.seed

    def begin():
        key = jax.random.fold_in(jax.random.key(seed), 0)
        try:
            variables = core.unfreeze(network.init(key, jnp.zeros((3, 1, side, side))))
        except ValueError as error:
            raise UserError(
                f"config.manipulations.output_size={side} does not suit config.model: {error}"
            ) from error
        latest = Weights(
            params=variables["params"],
            moments=variables.get("moments", {}),
            step=jnp.int32(0),
            validation_loss=jnp.float32(jnp.inf),
        )
        # A copy, since both are donated to the step and a buffer cannot be donated twice.
        best = jax.tree.map(jnp.copy, latest)
        return State(latest, optimizer.init(latest.params), best, jnp.int32(0))

    # As one program, which leaves out the embedding that nothing here is made of.
    return jax.jit(begin)()
