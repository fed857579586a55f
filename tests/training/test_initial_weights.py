"""Runs that begin with the weights of another."""

import jax
import numpy as np
import pytest

from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.training import checkpoints, initial, loop, vmapped
from imgforensics.training import state as states
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


def begun(config):
    state = states.create(
        config, build.network(config.model), states.make_optimizer(config.optimizer)
    )
    return initial.begin(state, config)


@pytest.fixture
def another(tiny):
    """A run of other first weights, whose steps change none."""
    config = tiny.copy_and_resolve_references()
    config.seed, config.steps, config.optimizer.learning_rate = 1, 21, 0.0
    return config


@pytest.mark.parametrize("exported", [False, True], ids=["run", "file"])
def test_weights_are_taken_over_and_the_rest_begins_anew(another, finished, exported, tmp_path):
    model = checkpoints.read_model(finished[0])
    another.initial_weights = str(finished[0])
    if exported:
        another.initial_weights = str(tmp_path / "weights.npz")
        weights.export(model, another.initial_weights)
    state = begun(another)
    for taken in (state.latest, state.best):
        jax.tree.map(np.testing.assert_array_equal, taken.params, model.params)
        jax.tree.map(np.testing.assert_array_equal, taken.moments, model.moments)
        assert int(taken.step) == model.step and float(taken.validation_loss) == np.inf
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(state.optimizer))
    assert int(state.stale) == 0


@pytest.mark.parametrize(
    "together",
    [
        pytest.param(False, id="alone"),
        pytest.param(True, id="together", marks=pytest.mark.slow),
    ],
)
def test_a_run_begins_with_them_and_goes_on_without(another, finished, together, tmp_path, capsys):
    def train():
        if together:
            return vmapped.train([another], [tmp_path / "run"])
        return loop.train(another, tmp_path / "run", num_devices=1)

    model = checkpoints.read_model(finished[0])
    another.initial_weights = str(tmp_path / "weights.npz")
    weights.export(model, another.initial_weights)
    train()
    latest = checkpoints.read_model(tmp_path / "run", "latest")
    jax.tree.map(np.testing.assert_array_equal, latest.params, model.params)
    assert latest.step == 21
    (tmp_path / "weights.npz").unlink()
    capsys.readouterr()
    train()
    assert "compiling" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("model.hidden_features", 17, r" is of another network than config\.model: .* has shape"),
        ("batch_size", 16, " counts steps of 8 triplets: set config.batch_size=8"),
        ("steps", 2, " is of step .*: make config.steps more than that"),
        ("initial_weights", "/nowhere", "there are no weights at /nowhere"),
    ],
)
def test_what_they_can_not_begin_is_refused(another, finished, field, value, message):
    another.initial_weights = str(finished[0])
    another.update_from_flattened_dict({field: value})
    with pytest.raises(UserError, match=message):
        begun(another)
