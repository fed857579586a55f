"""The only place that knows of more than one device."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from imgforensics.errors import UserError
from imgforensics.training.step import AXIS


def check_batch(batch_size: int, num_devices: int) -> None:
    """Refuses a batch that the devices cannot share equally."""
    if batch_size % num_devices:
        raise UserError(
            f"config.batch_size={batch_size} cannot be shared by {num_devices} devices: "
            f"make it a multiple of {num_devices}"
        )


def replicate(tree, num_devices: int):
    """Puts a copy of every leaf on each of the first `num_devices` devices.

    This is how the step returns its state, so that its first call compiles the only program.
    """
    mesh = Mesh(np.array(jax.local_devices()[:num_devices]), (AXIS,))
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec()))


def parallel_step(step, num_devices: int):
    """Maps a step of (state, images, device number) over the first `num_devices` devices.

    State and images are replicated, each device works on its share of the batch, and the result
    is replicated again. The state's buffers are donated.

    Returns:
        A function of (state, images).
    """
    mapped = jax.pmap(
        step,
        axis_name=AXIS,
        in_axes=(None, None, 0),
        out_axes=(None, None),
        devices=jax.local_devices()[:num_devices],
        donate_argnums=0,
    )
    numbers = jnp.arange(num_devices)
    return lambda state, images: mapped(state, images, numbers)
