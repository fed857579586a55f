"""Every file in configs/ is a config that trains, and its network is the one that is meant."""

import importlib
import pathlib

import jax
import jax.numpy as jnp
import ml_collections
import pytest

from imgforensics.data import sources
from imgforensics.manipulations import ranges
from imgforensics.models import build
from imgforensics.training import rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps

FOLDER = pathlib.Path(__file__).parents[1] / "configs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "common"))

# By hand for the paper's: convolutions 292 992, network in network 21 760, normalisations 2530,
# dense layers 8 520 832, alpha 128. V02 has shortcuts (10 768) for network in network.
PARAMETERS = {
    "micrographs": 8_838_242,
    "paper": 8_838_242,
    "paper_v02": 8_827_250,
    "quick": 1_161_394,
}


def load(name):
    return importlib.import_module(f"configs.{name}").get_config()


def initial(config):
    """The shapes of a config's state before the first step."""
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    return jax.eval_shape(lambda: states.create(config, network, optimizer))


def test_every_config_is_pinned():
    assert NAMES == sorted(PARAMETERS)


@pytest.mark.parametrize("name", NAMES)
def test_docstring_gives_the_command(name):
    text = importlib.import_module(f"configs.{name}").__doc__
    for words in (f"python -m experiments.train --config=configs/{name}.py", "--workdir=runs/"):
        assert words in text


@pytest.mark.parametrize("name", ["common", *NAMES])
def test_config_locks_and_has_the_fields_of_the_common_one(name):
    config = load(name).lock()
    assert isinstance(config, ml_collections.ConfigDict)
    assert rundir.flatten(config).keys() == rundir.flatten(load("common")).keys()
    ranges.check(config.manipulations)
    assert config.data.source in sources.SOURCES
    with pytest.raises((AttributeError, KeyError)):
        config.nosuch = 1


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_counted(name):
    params = initial(load(name)).latest.params
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == PARAMETERS[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_and_a_validation_trace(name):
    config = load(name)
    config.batch_size = 4
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    state = initial(config)
    step = jax.vmap(
        steps.make_step(config, build.network(config.model, axis_name=steps.AXIS), optimizer, 2),
        in_axes=(None, None, 0), out_axes=None, axis_name=steps.AXIS, axis_size=2,
    )
    images = jax.ShapeDtypeStruct((9, 256, 256), jnp.uint8)
    after, scalars = jax.eval_shape(step, state, images, jax.ShapeDtypeStruct((2,), jnp.int32))
    shapes = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), (state, after))
    assert shapes[0] == shapes[1]
    side = config.manipulations.output_size
    triplets = jax.ShapeDtypeStruct((3, 5, side, side), jnp.float32)
    validated, more = jax.eval_shape(steps.make_validation(config, network), after, triplets)
    assert jax.tree.structure(validated) == jax.tree.structure(after)
    assert all(value.shape == () for value in (scalars | more).values())
