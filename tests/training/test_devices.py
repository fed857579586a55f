"""One config gives the same run on any number of devices."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.models import build
from imgforensics.training import devices
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.utils.errors import UserError

STEPS = 4


@pytest.fixture(scope="module")
def config(steady):
    return steady


@pytest.fixture(scope="module")
def images():
    """As many as `steady` trains on."""
    return np.random.default_rng(0).integers(0, 256, (25, 256, 256)).astype(np.uint8)


def run(config, images, count):
    """The states and scalars of a few steps on some devices."""
    network = build.network(config.model, axis_name=steps.AXIS)
    optimizer = states.make_optimizer(config.optimizer)
    step = devices.parallel_step(steps.make_step(config, network, optimizer, count), count)
    state = states.create(config, build.network(config.model), optimizer)
    state, images = devices.replicate(state, count), devices.replicate(images, count)
    scalars = []
    for _ in range(STEPS):
        state, values = step(state, images)
        scalars.append(jax.device_get(values))
    return jax.device_get(state), scalars


@pytest.fixture(scope="module")
def on_one(config, images):
    return run(config, images, 1)


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow), 8])
def test_run_is_that_of_one_device(config, images, on_one, count):
    assert jax.local_device_count() == 8
    (expected, expected_scalars), (state, scalars) = on_one, run(config, images, count)
    # The first step shows that gradients are those of the whole batch; the following ones, that
    # the devices stay together, while rounding grows: inputs that differ by 1e-7 give gradients
    # that differ by 3e-5.
    for tolerance, one, other in zip((1e-4, 1e-2, 1e-2, 1e-2), expected_scalars, scalars):
        assert one.keys() == other.keys()
        np.testing.assert_allclose(other["loss"], one["loss"], rtol=tolerance / 10)
        for name in one:
            np.testing.assert_allclose(other[name], one[name], rtol=tolerance, err_msg=name)
    for part, tolerance in (("params", 2e-4), ("moments", 1e-5)):
        leaves = [jax.tree.leaves(getattr(each.latest, part)) for each in (expected, state)]
        for one, other in zip(*leaves, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-3, atol=tolerance)
    assert state.latest.step == STEPS


@pytest.fixture(scope="module")
def examples(config, images):
    """The compiled `steps.examples` of a config, as a function of step and numbers."""
    images = jnp.asarray(images)

    @jax.jit
    def examples(step, numbers):
        chosen = steps.indices(config, step, len(images))[:, numbers]
        return steps.examples(config, step, images[chosen], numbers)

    return examples


def test_shares_of_a_batch_are_the_batch(examples, config):
    numbers = np.arange(config.batch_size)
    whole, jitter = examples(3, numbers)
    assert whole.shape == (3, config.batch_size, 32, 32) and whole.dtype == np.float32
    parts, jitters = zip(*(examples(3, share) for share in np.split(numbers, 4)))
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    for number in range(2):
        together = np.concatenate([part[number] for part in jitters], axis=1)
        np.testing.assert_array_equal(together, jitter[number])


def test_every_step_has_examples_of_its_own(examples, config):
    numbers = np.arange(config.batch_size)
    first, again, following = (np.asarray(examples(step, numbers)[0]) for step in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (abs(following - first).max(axis=(2, 3)) > 0).all()


def test_a_step_is_made_of_views_where_the_config_says_so(steady, images, monkeypatch):
    """Each image of each example has its own, and those of another step are others."""
    monkeypatch.setattr(steps.recipe, "triplets", lambda keys, one, other, *_: (one, other))
    config, numbers = steady.copy_and_resolve_references(), jnp.arange(3)
    pairs = jnp.stack([jnp.stack([images[0]] * 3)] * 2)
    made = {}
    for probability in (0.0, 1.0):
        config.view.probability = probability
        made[probability] = [
            np.asarray(steps.examples(config, step, pairs, numbers)[0]) for step in (0, 1)
        ]
    np.testing.assert_array_equal(made[0.0], [pairs] * 2)
    views = np.concatenate(made[1.0]).reshape(-1, 256, 256)
    assert len({view.tobytes() for view in [*views, images[0] / np.float32(255)]}) == 13


def test_jitter_is_in_its_range(examples, config):
    _, (brightness, contrast) = examples(0, np.arange(config.batch_size))
    assert brightness.shape == contrast.shape == (3, 8)
    assert abs(brightness).max() <= 0.1 and abs(contrast - 1).max() <= 0.1
    assert len(np.unique(brightness)) == len(np.unique(contrast)) == 24


def test_batch_that_devices_cannot_share_is_refused():
    devices.check_batch(8, 4)
    with pytest.raises(UserError, match="batch_size=8 cannot be shared by 3 devices: .* of 3"):
        devices.check_batch(8, 3)


_ASK = """
import sys
import jax
from imgforensics.utils import compilation
from imgforensics.training import devices
compilation.cores = lambda: int(sys.argv[1])
devices.one_for_each_core(int(sys.argv[2]))
print(jax.local_device_count("cpu"))
"""


@pytest.mark.parametrize(
    "cores, batch_size, asked, count",
    [
        ("4", "64", {}, "4"),
        ("4", "6", {}, "3"),  # four cannot share six
        ("64", "256", {}, "8"),
        ("4", "64", {"JAX_NUM_CPU_DEVICES": "1"}, "1"),
        ("4", "64", {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}, "2"),
    ],
)
def test_a_device_for_each_core(cores, batch_size, asked, count):
    done = subprocess.run(
        [sys.executable, "-c", _ASK, cores, batch_size],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == count


def test_called_on_the_first_device_only():
    def double(state, more):
        return {"sum": state["sum"] * 2 + more}, {"seen": state["sum"]}

    called = []

    def recorded(state, more):
        called.append(state["sum"].devices() | more.devices())
        return jax.jit(double, donate_argnums=0)(state, more)

    state = devices.replicate({"sum": jnp.arange(3)}, 4)
    state, scalars = devices.on_first(recorded, 4)(state, devices.replicate(jnp.ones(3, int), 1))
    assert called == [{jax.local_devices()[0]}]
    np.testing.assert_array_equal(scalars["seen"], [0, 1, 2])
    assert state["sum"].sharding == devices.replicate(jnp.zeros(3), 4).sharding
    assert [shard.data.tolist() for shard in state["sum"].addressable_shards] == [[1, 3, 5]] * 4
