"""The state of a run that begins with the weights of another one."""

import jax
import jax.numpy as jnp
import ml_collections

from imgforensics.inference import weights
from imgforensics.training import trained
from imgforensics.training.state import State
from imgforensics.utils.errors import UserError


def begin(state: State, config: ml_collections.ConfigDict) -> State:
    """The state before the first step, with the weights of `config.initial_weights` if it has some.

    Their steps count, so that the run's number of triplets seen and what it draws go on from
    theirs; the optimizer and its learning rate's course begin anew.

    Args:
        state: from `create`.
        config: of the run.

    Raises:
        UserError: there are no such weights; they are not of the network of `state` (names an
            array that differs); or their steps were of other batches, or enough.
    """
    where = config.initial_weights
    if not where:
        return state
    model = trained.read(where)
    taken = {"params": model.params, "moments": model.moments}
    replaced = {name: getattr(state.latest, name) for name in taken}
    named = f"config.initial_weights={where}"
    if differing := weights.difference(taken, replaced):
        raise UserError(f"{named} is of another network than config.model: {differing}")
    if model.config.batch_size != config.batch_size:
        raise UserError(
            f"{named} counts steps of {model.config.batch_size} triplets: "
            f"set config.batch_size={model.config.batch_size}"
        )
    if model.step >= config.steps and not config.get("budget_seconds", 0.0):
        raise UserError(f"{named} is of step {model.step}: make config.steps more than that")
    begun = state.latest._replace(
        params=model.params, moments=model.moments, step=jnp.int32(model.step)
    )
    latest, best, average = (jax.tree.map(jnp.array, begun) for _ in range(3))
    state = state._replace(latest=latest, best=best)
    return state if state.average is None else state._replace(average=average)
