"""The images that go into each step."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import jax
import ml_collections
import numpy as np

from imgforensics.training import devices
from imgforensics.training import step as steps
from imgforensics.utils import ahead

if TYPE_CHECKING:  # TFDS, which only frozen images need, takes seconds to import
    from imgforensics.data.frozen import Stored

_AHEAD = 4  # steps that are read before they are needed, each by a thread


def images(
    config: ml_collections.ConfigDict, train: "np.ndarray | Stored", first: int, num_devices: int
) -> Iterator[jax.Array]:
    """Yields what each step of a run takes as images.

    With `config.data.on_device` that is all of them, which are put on the devices once. Otherwise
    each process reads those of its share of the batch, a few steps ahead. Which ones these are
    depends on seed and step alone, so that both ways give the same examples.

    Args:
        config: of the run.
        train: uint8 [n, 256, 256], the training images.
        first: how many steps were done before.
        num_devices: how many devices of this process there are.

    Raises:
        UserError: images cannot be read.
    """
    if config.data.on_device:
        yield from itertools.repeat(devices.replicate(train, num_devices))
    own = devices.share(config.batch_size, num_devices)
    # On the CPU, since other devices would let the host wait until they have done their steps.
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        traced = jax.jit(lambda step: steps.indices(config, step, len(train)))
        indices = traced.lower(np.int32(0)).compile()

    def read(step):
        chosen = np.asarray(indices(np.int32(step)))[:, own]
        return devices.distribute(np.asarray(train[chosen]), num_devices)

    yield from ahead.in_order(read, range(first, config.steps), _AHEAD)
