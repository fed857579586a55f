"""Runs that are trained together end as each would alone."""

import re
import shutil
import signal

import jax
import numpy as np
import pytest

from imgforensics.training import checkpoints, loop, vmapped, writers
from imgforensics.utils.errors import Interrupted, UserError


def altered(config, **fields):
    config = config.copy_and_resolve_references()
    config.update_from_flattened_dict({name.replace("__", "."): v for name, v in fields.items()})
    return config.lock()


def test_runs_are_grouped_by_all_but_their_scalars(tiny):
    configs = [
        tiny,
        altered(tiny, seed=3, optimizer__learning_rate=0.1),
        altered(tiny, batch_size=4),
        altered(tiny, loss__margin=0.5, loss__hardness=1.0, loss__contrastive_margin=2.0),
        altered(tiny, batch_size=4, seed=1),
    ]
    assert vmapped.groups(configs) == [[0, 1, 3], [2, 4]]


def test_what_cannot_be_trained_together_is_refused(tiny, tmp_path):
    with pytest.raises(UserError, match="only runs that differ in seed, optimizer.learning_rate"):
        vmapped.train([tiny, altered(tiny, batch_size=4)], [tmp_path / "a", tmp_path / "b"])
    hosted = altered(tiny, data__on_device=False)
    with pytest.raises(UserError, match="set data.on_device"):
        vmapped.train([hosted], [tmp_path / "a"])
    assert not list(tmp_path.iterdir())


def assert_ended_as(folder, alone, expected):
    """A run's last state and its metrics are those of another run, which ended as expected."""
    expected = jax.device_get(expected)
    together = checkpoints.Checkpoints(folder, read_only=True).restore(expected)
    paths = jax.tree_util.tree_leaves_with_path(expected)
    for (path, one), other in zip(paths, jax.tree.leaves(together), strict=True):
        name = jax.tree_util.keystr(path)
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-5, err_msg=name)
    for line, other in zip(writers.read(folder), writers.read(alone), strict=True):
        assert line == pytest.approx(other, rel=1e-3)


def test_runs_end_as_each_alone(tiny, tmp_path):
    """Also one with another number in its loss. A third one diverges and stops no other."""
    # Adam would blow rounding up: it divides small gradients by their size.
    config = altered(
        tiny,
        steps=4,
        checkpoint_every=3,
        optimizer__name="momentum",
        optimizer__learning_rate=1e-4,
        model__channels=(4,),
        loss__name="alpha_pairs",
        manipulations__gamma__probability=0.0,
        manipulations__local_edit__probability=0.0,
    )
    configs = [
        config,
        altered(config, seed=7, optimizer__learning_rate=2e-4, loss__hardness=4.0),
        altered(config, optimizer__learning_rate=float("inf")),
    ]
    folders = [tmp_path / str(number) for number in range(3)]
    failures = vmapped.train(configs, folders)
    assert list(failures) == [2] and re.fullmatch(r"the .* of step 1 is (nan|inf)", failures[2])

    alone = tmp_path / "alone"
    assert_ended_as(folders[1], alone, loop.train(configs[1], alone, num_devices=1))
    lines = writers.read(folders[1])
    assert [line["step"] for line in lines] == [2, 4]
    first = writers.read(folders[0])
    assert all(line["loss"] != other["loss"] for line, other in zip(first, lines, strict=True))
    assert checkpoints.read_model(folders[0]).config.to_dict() == configs[0].to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    "loss,kind,field,values",
    [
        ("alpha_pairs", "alpha_l1", "hardness", (0.0, 4.0)),
        ("facenet", "squared_l2", "margin", (0.2, 0.4)),
    ],
)
def test_runs_that_differ_in_their_loss_end_as_alone(tiny, tmp_path, loss, kind, field, values):
    """A number of the loss is traced where runs are trained together, and a constant alone."""
    config = altered(
        tiny,
        steps=2,
        validate_every=2,
        optimizer__name="momentum",
        optimizer__learning_rate=1e-4,
        model__channels=(4,),
        loss__name=loss,
        model__metric=kind,
        loss__mining="all",
        manipulations__gamma__probability=0.0,
        manipulations__local_edit__probability=0.0,
    )
    configs = [altered(config, **{f"loss__{field}": value}) for value in values]
    folders = [tmp_path / str(number) for number in (0, 1)]
    assert vmapped.train(configs, folders) == {}
    losses = [writers.read(folder)[-1]["loss"] for folder in folders]
    assert losses[1] > 1.001 * losses[0]
    alone = tmp_path / "alone"
    assert_ended_as(folders[1], alone, loop.train(configs[1], alone, num_devices=1))


@pytest.mark.slow
def test_interrupted_runs_go_on_from_steps_of_their_own(tiny, tmp_path, monkeypatch):
    configs = [altered(tiny, steps=8, checkpoint_every=3, seed=seed) for seed in (0, 7)]
    whole, broken = ([tmp_path / kind / str(run) for run in (0, 1)] for kind in ("a", "b"))
    vmapped.train(configs, whole)

    # The second run has ended already, the first is stopped after the sixth step.
    shutil.copytree(whole[1], broken[1])
    write = writers.MetricsWriter.write

    def write_and_stop(self, step, scalars):
        write(self, step, scalars)
        if step == 6:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(writers.MetricsWriter, "write", write_and_stop)
        with pytest.raises(Interrupted):
            vmapped.train(configs, broken)
    assert [checkpoints.read_model(folder, "latest").step for folder in broken] == [6, 8]
    before = (broken[1] / "metrics.jsonl").read_text()
    assert vmapped.train(configs, broken) == {}
    assert (broken[1] / "metrics.jsonl").read_text() == before
    for one, other in zip(whole, broken):
        assert (one / "metrics.jsonl").read_text() == (other / "metrics.jsonl").read_text()
        models = [checkpoints.read_model(folder, "latest") for folder in (one, other)]
        for a, b in zip(*(jax.tree.leaves(model.params) for model in models), strict=True):
            np.testing.assert_array_equal(a, b)
    # Nor is anything left to be done by either way of training.
    assert vmapped.train(configs, whole) == {}
    assert int(loop.train(configs[1], whole[1], num_devices=1).latest.step) == 8
