"""Runs that train on pairs which people judged: resumed, together, and from earlier weights."""

import jax
import numpy as np
import pytest
from here import run as command

from configs import common
from imgforensics.data import labelled_pairs
from imgforensics.data.labelled_pairs import Pair
from imgforensics.training import loop, rundir, vmapped
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Pairs of 24 textures, in 12 groups."""
    folder = tmp_path_factory.mktemp("labelled") / "pairs"

    def texture(number):
        rng = np.random.default_rng(number)
        return np.kron(rng.integers(0, 256, (8, 8)).astype(np.uint8), np.ones((8, 8), np.uint8))

    textures = {digests.of_pixels(each): each for each in map(texture, range(24))}
    hashes = iter(sorted(textures))
    pairs = [
        Pair(next(hashes), next(hashes), label, str(number))
        for number, label in enumerate(6 * ("same", "different"))
    ]
    labelled_pairs.write(folder, pairs, textures.__getitem__)
    return folder


@pytest.fixture
def config(steady, dataset):
    config = steady.copy_and_resolve_references()
    config.data.labelled, config.data.labelled_share = str(dataset), 0.5
    config.steps, config.checkpoint_every = 6, 3
    return config


def assert_same(one, other, **bounds):
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if bounds:
            np.testing.assert_allclose(left, right, **bounds)
        else:
            np.testing.assert_array_equal(left, right)


def test_a_run_is_resumed_bit_for_bit_and_takes_the_pairs(config, tmp_path, capsys):
    whole = loop.train(config, tmp_path / "whole", num_devices=2)
    told = capsys.readouterr().out
    assert "of 12 labelled pairs (6 the same) training on 8 (" in told
    assert "leaving 1 for the test" in told
    config.steps = 4
    loop.train(config, tmp_path / "parts", num_devices=2)
    config.steps = 6
    assert_same(loop.train(config, tmp_path / "parts", num_devices=2), whole)
    config.data.labelled = ""
    without = loop.train(config, tmp_path / "without", num_devices=2)
    differs = [
        (np.asarray(one) != np.asarray(other)).any()
        for one, other in zip(*map(jax.tree.leaves, (whole.latest.params, without.latest.params)))
    ]
    assert any(differs)


@pytest.mark.slow
def test_runs_together_take_the_same_pairs(config, tmp_path):
    alone = loop.train(config, tmp_path / "alone", num_devices=1)
    other = config.copy_and_resolve_references()
    other.seed = 1
    vmapped.train([config, other], [tmp_path / "one", tmp_path / "other"])
    together = loop.train(config, tmp_path / "one", num_devices=1)
    assert_same(together.latest.params, alone.latest.params, rtol=1e-3, atol=1e-4)


def test_folders_without_pairs_are_refused_before_anything_is_written(config, tmp_path):
    config.data.labelled = str(tmp_path)
    with pytest.raises(UserError, match="holds no labelled pairs of this version"):
        loop.train(config, tmp_path / "run", num_devices=1)
    assert not any((tmp_path / "run").iterdir())


def test_a_config_of_before_there_were_such_pairs_is_that_of_the_same_run():
    now = rundir.flatten(common.get_config())
    names = {"data.labelled", "data.labelled_share"}
    before = {name: value for name, value in now.items() if name not in names}
    rundir.check_same("folder", before, now)
    rundir.check_same("folder", now, before)
    with pytest.raises(UserError, match="data.labelled is 'missing' there and 'PAIRS' here"):
        rundir.check_same("folder", before, now | {"data.labelled": "PAIRS"})


def test_the_command_names_the_field_that_is_wrong(dataset, tmp_path):
    told = command(
        "train", "--config=quick", f"--workdir={tmp_path / 'run'}",
        f"--config.data.labelled={dataset}", "--config.data.labelled_share=0.01",
    )  # fmt: skip
    assert told.returncode == 1 and "config.data.labelled_share is 0.01, 0 of the 48" in told.stderr
