"""Our train step on all devices, as `training` runs it."""

import jax
import ml_collections

from imgforensics.models import build
from imgforensics.training import devices
from imgforensics.training import state as states
from imgforensics.training import step as steps


class Stepper:
    """Goes from a state to the next with each call.

    Args:
        config: of the run.
        step: of state, images and device number, to be mapped over devices.
        distributed: whether each device has images of its own.

    Attributes:
        state: after the last step.
        function: from state and images to the next state and scalars.
    """

    def __init__(self, config: ml_collections.ConfigDict, step, distributed: bool = False):
        network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
        number = jax.local_device_count()
        self.state = devices.replicate(states.create(config, network, optimizer), number)
        self.function = devices.parallel_step(step, number, distributed)

    def __call__(self, images) -> dict[str, jax.Array]:
        """Takes a step, waits for it and returns its scalars."""
        self.state, scalars = self.function(self.state, images)
        return jax.block_until_ready(scalars)


def whole(config: ml_collections.ConfigDict) -> Stepper:
    """Steps that draw from images, uint8 [n, 256, 256], and manipulate, embed and update."""
    step = steps.make_step(*_pieces(config), num_devices=jax.local_device_count())
    return Stepper(config, step)


def ready_made(config: ml_collections.ConfigDict) -> Stepper:
    """Steps that embed a batch, float32 [3, B, side, side], and update; from `distributed`."""
    update = steps.make_update(*_pieces(config))
    return Stepper(
        config, lambda state, batch, device: update(state, batch, None), distributed=True
    )


def everywhere(images) -> jax.Array:
    """Puts images on all devices, as `whole` takes them."""
    return devices.replicate(images, jax.local_device_count())


def distributed(batch) -> jax.Array:
    """Gives each device its part of a batch, as `ready_made` takes it."""
    return devices.distribute(batch, jax.local_device_count())


def _pieces(config):
    network = build.network(config.model, axis_name=steps.AXIS)
    return config, network, states.make_optimizer(config.optimizer)
