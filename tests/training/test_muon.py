"""Runs of pairs with Muon, whose state has no moments where a parameter is no matrix."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from configs import compact
from imgforensics.models import build
from imgforensics.training import devices, loop, vmapped, writers
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


@pytest.fixture(scope="module")
def pairs(tiny):
    """The config of four steps of a small compact network on the textures."""
    config = compact.get_config()
    config.unlock()
    config.data = tiny.data.copy_and_resolve_references()
    config.manipulations = tiny.manipulations.copy_and_resolve_references()
    config.model.update(channels=(2,), blocks=(1,), hidden_features=16, embedding_features=8)
    config.model.update(pooled_features=8, arranged_features=4)
    config.optimizer.update(warmup_steps=1, decay_steps=10)
    config.update(batch_size=8, validation_triplets=6, steps=4)
    config.update(validate_every=2, checkpoint_every=2)
    return config.lock()


def initial(config):
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    return states.create(config, network, optimizer)


def assert_equal(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    jax.tree.map(np.testing.assert_array_equal, one, other)


def test_matrices_move_evenly_in_all_directions_and_the_rest_as_by_adam(pairs):
    config = pairs.optimizer.copy_and_resolve_references()
    config.learning_rate, config.decay_steps = 0.5, 0
    optimizer = states.make_optimizer(config)
    rng = np.random.default_rng(0)
    shapes = {"kernel": (3, 3, 8, 2, 5), "dense": (4, 30), "scale": (7,), "bias": ()}
    gradients = {
        name: jnp.asarray(10.0 ** rng.uniform(-3, 3) * rng.normal(size=shape), jnp.float32)
        for name, shape in shapes.items()
    }
    params = jax.tree.map(jnp.ones_like, gradients)
    updates, _ = optimizer.update(gradients, optimizer.init(params), params)
    for name in ("kernel", "dense"):
        matrix = updates[name].reshape(-1, shapes[name][-1])
        stretched = np.linalg.svd(matrix, compute_uv=False)
        np.testing.assert_allclose(stretched, 0.5 * 0.2 * max(matrix.shape) ** 0.5, rtol=0.4)
        assert np.vdot(updates[name], gradients[name]) < 0
    adam = optax.adam(0.5, b1=0.9, b2=0.99, nesterov=True)
    expected, _ = adam.update(gradients, adam.init(params), params)
    for name in ("scale", "bias"):
        np.testing.assert_allclose(updates[name], expected[name], rtol=1e-5)


def test_an_optimizer_that_is_not_offered_is_refused(pairs):
    config = pairs.optimizer.copy_and_resolve_references()
    config.name = "lion"
    with pytest.raises(UserError, match="'lion'; it must be momentum, adam or muon"):
        states.make_optimizer(config)


@pytest.fixture(scope="module")
def ended(pairs, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs") / "pairs"
    return workdir, loop.train(pairs, workdir, num_devices=1)


def test_a_run_goes_on_from_a_checkpoint_as_if_nothing_had_been(pairs, ended, tmp_path, capsys):
    workdir, state = ended
    again = shutil.copytree(workdir, tmp_path / "run")
    shutil.rmtree(again / "checkpoints" / "4")
    assert_equal(loop.train(pairs, again, num_devices=1), state)
    assert "going on after step 2" in capsys.readouterr().out
    assert_equal(loop.train(pairs, again, num_devices=1), state)


def test_all_parameters_are_trained(pairs, ended):
    first, last = initial(pairs).latest.params, ended[1].latest.params
    moved = jax.tree.map(lambda one, other: bool((one != other).any()), first, last)
    assert all(jax.tree.leaves(moved)), moved


def test_a_step_is_the_same_on_two_devices(pairs):
    # As many as the run has, so that the program of one device is that of the run.
    images = np.random.default_rng(0).integers(0, 256, (25, 256, 256)).astype(np.uint8)
    found = []
    for count in (1, 2):
        network = build.network(pairs.model, axis_name=steps.AXIS)
        optimizer = states.make_optimizer(pairs.optimizer)
        step = devices.parallel_step(steps.make_step(pairs, network, optimizer, count), count)
        arguments = [devices.replicate(each, count) for each in (initial(pairs), images)]
        found.append(jax.device_get(step(*arguments)[1]))
    for name in ("loss", "gradient_norm"):
        assert found[1][name] == pytest.approx(found[0][name], rel=1e-4)


def test_different_images_make_no_difference(pairs):
    """They aren't computed: what is no number in their place does no harm."""
    optimizer = states.make_optimizer(pairs.optimizer)
    update = steps.make_update(pairs, build.network(pairs.model, axis_name=steps.AXIS), optimizer)
    batch = jnp.asarray(np.random.default_rng(0).uniform(size=(3, 8, 32, 32)), jnp.float32)
    update = jax.jit(jax.vmap(update, in_axes=(None, 0, None), axis_name=steps.AXIS))
    one = update(initial(pairs), batch[None], None)
    other = update(initial(pairs), batch.at[2].set(jnp.nan)[None], None)
    assert_equal(one, other)
    assert np.isfinite(one[1]["loss"]) and 0 <= one[1]["accuracy"] <= 1


@pytest.mark.slow
def test_runs_of_other_rates_are_trained_together(pairs, ended, tmp_path):
    other = pairs.copy_and_resolve_references()
    other.optimizer.learning_rate *= 2
    workdirs = [tmp_path / "one", tmp_path / "other"]
    assert vmapped.train([pairs, other], workdirs) == {}
    alone, one, faster = (list(writers.read(each))[-1] for each in (ended[0], *workdirs))
    assert one["loss"] == pytest.approx(alone["loss"], rel=1e-3)
    assert faster["update_norm"] > 1.5 * alone["update_norm"]
