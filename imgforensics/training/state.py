"""All that a run is, between two steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import optax
from flax import core
from optax import contrib

from imgforensics.models.interface import EmbeddingNetwork
from imgforensics.training import averaging
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
        average: the moving average of the weights, or None where none is kept.
    """

    latest: Weights
    optimizer: Any
    best: Weights
    stale: jax.Array
    average: Weights | None = None


class Course(NamedTuple):
    """Where a learning rate is that falls to zero by a step known only when the run begins.

    Attributes:
        done: int32, steps that were done.
        decay_steps: int32, by which step it is zero.
    """

    done: jax.Array
    decay_steps: jax.Array


def optimizer(config: ml_collections.ConfigDict) -> optax.GradientTransformation:
    """The optimizer of a run, see `make_optimizer`.

    With `config.budget_seconds` a decaying rate's course is a part of its state (`Course`), so that
    the step is compiled before it is known how many there will be.

    Args:
        config: of the run.
    """
    own = config.optimizer
    if not _has_course(config):
        return make_optimizer(own)
    unit = own.copy_and_resolve_references()
    with unit.ignore_type():
        unit.learning_rate, unit.decay_steps = 1.0, 0

    def begin(params):
        del params
        return Course(jnp.int32(0), jnp.int32(own.decay_steps))

    def scale(updates, course, params=None):
        del params
        rate = own.learning_rate * _share(course, own.warmup_steps)
        return optax.tree.scale(rate, updates), course._replace(done=course.done + 1)

    return optax.chain(make_optimizer(unit), optax.GradientTransformation(begin, scale))


def with_decay_steps(state: State, decay_steps: int) -> State:
    """The state of a run with a budget whose learning rate is zero by another step."""
    rest, course = state.optimizer
    course = course._replace(decay_steps=jnp.full_like(course.decay_steps, decay_steps))
    return state._replace(optimizer=(rest, course))


def _has_course(config):
    return config.get("budget_seconds", 0.0) > 0 and config.optimizer.decay_steps > 0


def _share(course, warmup_steps):
    """`optax.warmup_cosine_decay_schedule` from 0 to 1 to 0, with traced `decay_steps`."""
    done = course.done - warmup_steps
    fallen = jnp.clip(done / (course.decay_steps - warmup_steps), 0, 1)
    rising = course.done / max(warmup_steps, 1)
    return jnp.where(done < 0, rising, (1 + jnp.cos(jnp.pi * fallen)) / 2)


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
        # Copies, since all are donated to the step and a buffer cannot be donated twice.
        best = jax.tree.map(jnp.copy, latest)
        average = jax.tree.map(jnp.copy, latest) if averaging.decay(config) else None
        return State(latest, optimizer.init(latest.params), best, jnp.int32(0), average)

    # As one program, which leaves out the embedding that nothing here is made of.
    return jax.jit(begin)()
