"""The only place that knows of more than one device, and with `processes` of more than one process.

Every process has the same number of devices and works on its share of each batch. The first one
reads and writes the run's folder, and decides where all have to decide alike. With one process
nothing is communicated.
"""

import math
import os
import pickle

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from imgforensics.training.rundir import Devices
from imgforensics.training.step import AXIS
from imgforensics.utils import compilation
from imgforensics.utils.errors import UserError


def one_for_each_core(*batch_sizes: int, begun: Devices | None = None) -> None:
    """Makes a device of each CPU core, as far as these can share batches of all these sizes.

    To be called before JAX looks for devices. Leaves GPUs and TPUs alone, and a number of CPU
    devices that was asked for, by JAX_NUM_CPU_DEVICES or in XLA_FLAGS.

    Args:
        *batch_sizes: of the runs.
        begun: what a run that goes on was begun on, from `rundir.devices_of`. It keeps its number
            of CPU devices, whatever cores there are now, since on others it would be rounded
            otherwise.
    """
    asked = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if asked or jax.config.read("jax_num_cpu_devices") >= 0:
        return
    possible = range(1, compilation.side_by_side() + 1)
    number = max(number for number in possible if math.gcd(*batch_sizes) % number == 0)
    if begun is not None and begun.platform == "cpu":
        number = begun.number
    jax.config.update("jax_num_cpu_devices", number)


def check_batch(batch_size: int, num_devices: int) -> None:
    """Refuses a batch that the devices of all processes cannot share equally."""
    if jax.device_count() != jax.process_count() * jax.local_device_count():
        raise UserError(
            f"process {jax.process_index()} has {jax.local_device_count()} of {jax.device_count()} "
            f"devices, but {jax.process_count()} processes need the same number each"
        )
    total = count(num_devices)
    if batch_size % total:
        raise UserError(
            f"config.batch_size={batch_size} cannot be shared by {total} devices: "
            f"make it a multiple of {total}"
        )


def count(num_devices: int) -> int:
    """How many devices all processes have, if each uses `num_devices`."""
    return jax.process_count() * num_devices


def described(num_devices: int) -> Devices:
    """What a run is computed on, if each process uses `num_devices`."""
    platform = jax.default_backend()
    cores = compilation.cores() if platform == "cpu" else 0
    return Devices(platform, count(num_devices), cores)


def _local(spec, num_devices):
    mesh = Mesh(np.array(jax.local_devices()[:num_devices]), (AXIS,))
    return NamedSharding(mesh, spec)


def replicate(tree, num_devices: int):
    """Puts a copy of every leaf on each of the first `num_devices` devices of this process.

    This is how the step returns its state, so that its first call compiles the only program.
    """
    return jax.device_put(tree, _local(PartitionSpec(), num_devices))


def on_first(function, num_devices: int):
    """A function of a replicated state that is called on the first device of this process only.

    If every device called it, those of a CPU would take the cores from each other.

    Args:
        function: of a state and more, to a state and scalars; may donate the state's buffers.
        num_devices: on how many devices of this process the state is.

    Returns:
        A function of the same whose state is replicated again.
    """
    first = jax.local_devices()[0]

    def call(state, *arguments):
        state, scalars = function(jax.device_put(state, first, donate=True), *arguments)
        return replicate(state, num_devices), scalars

    return call


def share(batch_size: int, num_devices: int) -> slice:
    """Which examples of a batch the devices of this process work on."""
    size = batch_size // jax.process_count()
    return slice(jax.process_index() * size, (jax.process_index() + 1) * size)


def distribute(images: np.ndarray, num_devices: int) -> jax.Array:
    """Gives each device its part of this process's share: [n, B, ...] to [devices, n, b, ...]."""
    parts = images.reshape(len(images), num_devices, -1, *images.shape[2:]).swapaxes(0, 1)
    return jax.device_put(parts, _local(PartitionSpec(AXIS), num_devices))


def parallel_step(step, num_devices: int, distributed: bool = False):
    """Maps a step of (state, images, device number) over `num_devices` devices of each process.

    The state is replicated, each device works on its share of the batch, and the result is
    replicated again. The state's buffers are donated.

    Args:
        step: as `step.make_step` makes it.
        num_devices: how many devices of each process to use.
        distributed: whether each device has images of its own, by `distribute`; otherwise they
            are replicated, too.

    Returns:
        A function of (state, images).
    """
    mapped = jax.pmap(
        step,
        axis_name=AXIS,
        in_axes=(None, 0 if distributed else None, 0),
        out_axes=(None, None),
        devices=_devices(num_devices),
        donate_argnums=0,
    )
    numbers = jax.process_index() * num_devices + jnp.arange(num_devices)
    return lambda state, images: mapped(state, images, numbers)


def _devices(num_devices):
    """The first devices of each process, in the order of their numbers."""
    return [
        device
        for process in range(jax.process_count())
        for device in jax.local_devices(process)[:num_devices]
    ]


def is_first() -> bool:
    """Whether this is the process that reads and writes the run's folder."""
    return jax.process_index() == 0


def from_first(function):
    """Calls `function()` on the first process and gives its result, to be pickled, to all.

    Raises:
        UserError: on all processes, if it is raised on the first.
    """
    if jax.process_count() == 1:
        return function()
    content = b""
    if is_first():
        try:
            content = pickle.dumps((function(), None))
        except UserError as error:
            content = pickle.dumps((None, str(error)))
    size = multihost_utils.broadcast_one_to_all(np.int32(len(content)))
    content = np.frombuffer(content.ljust(size), np.uint8)
    result, refusal = pickle.loads(multihost_utils.broadcast_one_to_all(content).tobytes())
    if refusal is not None:
        raise UserError(refusal)
    return result


def check_same(what: str, value) -> None:
    """Refuses to go on if a process has another value than the first.

    Args:
        what: names the value.
        value: is compared; a flat dictionary is compared field by field.
    """
    first = from_first(lambda: value)
    if first == value:
        return
    detail = ""
    if isinstance(value, dict):
        differing = sorted(
            name for name in first.keys() | value.keys() if first.get(name) != value.get(name)
        )
        detail = f" ({', '.join(differing)})"
    raise UserError(
        f"{what} of process {jax.process_index()} is not that of process 0{detail}: start all "
        "processes with the same command on the same data"
    )


class Vote:
    """Tells every process the largest number that any of them names, in each call.

    One process learns it at once. Several learn, in a call, what was said in the one before: the
    devices have worked it out by then, and no process waits for another.

    Args:
        num_devices: how many devices of each process take part.
    """

    def __init__(self, num_devices: int):
        self._num_devices = num_devices
        self._before = np.zeros(num_devices, np.int32)
        self._largest = jax.pmap(
            lambda number: lax.pmax(number, AXIS), axis_name=AXIS, devices=_devices(num_devices)
        )

    def __call__(self, number: int) -> int:
        if jax.process_count() == 1:
            return number
        before = self._before
        self._before = self._largest(np.full(self._num_devices, number, np.int32))
        return int(np.asarray(before)[0])
