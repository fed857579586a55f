"""Every file in configs/ is a config that trains, and its network is the one that is meant.

Those with a sweep are tried at each of their points.
"""

import collections
import functools
import importlib
import pathlib
import re

import jax
import jax.numpy as jnp
import ml_collections
import pytest

from imgforensics import losses
from imgforensics.data import sources
from imgforensics.inference import weights
from imgforensics.manipulations import ranges, recipe
from imgforensics.models import build, metric
from imgforensics.sweeps import points
from imgforensics.training import loop, rundir
from imgforensics.training import state as states
from imgforensics.training import step as steps

FOLDER = pathlib.Path(__file__).parents[1] / "configs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "common"))
SWEEPS = [name for name in NAMES if hasattr(importlib.import_module(f"configs.{name}"), "sweep")]
ALONE = [name for name in NAMES if name not in SWEEPS]

# By hand for the paper's: convolutions 292 992, network in network 21 760, normalisations 2530,
# dense layers 8 520 832, alpha 128. V02 has shortcuts (10 768) for network in network.
PARAMETERS = {
    "ablation": 1_161_394,
    "compact": 677_392,
    "compact_v2": 1_014_808,
    "micrographs": 8_838_242,
    "paper": 8_838_242,
    "paper_v02": 8_827_250,
    "quick": 366_728,
}


def load(name):
    return importlib.import_module(f"configs.{name}").get_config()


def initial(config):
    """The shapes of a config's state before the first step."""
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    return jax.eval_shape(lambda: states.create(config, network, optimizer))


# How many points there are for each seed, and how many parameters each has.
POINTS = {
    "ablate_alpha": {1_161_394: 2, 1_161_266: 2},
    "ablate_batch_size": {1_161_394: 4},
    "ablate_block": {1_161_394: 1, 1_164_090: 1, 1_158_650: 1, 1_155_954: 1},
    "ablate_depth": {4_232_594: 1, 2_150_386: 1, 1_161_394: 1, 452_978: 1},
    "ablate_different": {1_161_394: 2},
    "ablate_loss": {1_161_394: 7, 1_161_266: 6, 1_161_395: 1},
    "ablate_manipulations": {1_161_394: 11},
    "ablate_negatives": {1_161_394: 7},
    "ablate_normalization": {1_161_394: 4, 1_160_640: 1},
    "ablate_ranges": {1_161_394: 2},
    "ablate_source": {1_161_394: 2},
    "ablate_width": {299_034: 1, 1_161_394: 1, 4_576_866: 1},
}


def test_every_config_is_tried():
    assert sorted(PARAMETERS) == ALONE and sorted(POINTS) == SWEEPS


@pytest.mark.parametrize("name", NAMES)
def test_docstring_gives_the_command(name):
    text = " ".join(importlib.import_module(f"configs.{name}").__doc__.split())
    command = "sweep" if name in SWEEPS else "train"
    assert f"Command: imgforensics {command} --config={name} --workdir=runs/{name}" in text


@pytest.mark.parametrize("name", SWEEPS)
def test_docstring_of_a_sweep_tells_what_it_showed(name):
    text = importlib.import_module(f"configs.{name}").__doc__
    assert re.search(r"^Time: .+^Outcome, .+", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["common", *NAMES])
def test_config_locks_and_has_the_fields_of_the_common_one(name):
    config = load(name).lock()
    assert isinstance(config, ml_collections.ConfigDict)
    # Another network has other fields.
    own, common = (
        {
            field
            for field in rundir.flatten(each)
            if config.model.architecture == "paper" or field[:6] != "model."
        }
        for each in (config, load("common"))
    )
    assert own == common
    ranges.check(config.manipulations)
    assert config.data.source in sources.SOURCES
    with pytest.raises((AttributeError, KeyError)):
        config.nosuch = 1


def count_parameters(config):
    return sum(leaf.size for leaf in jax.tree.leaves(initial(config).latest.params))


@pytest.mark.parametrize("name", ALONE)
def test_parameters_are_counted(name):
    assert count_parameters(load(name)) == PARAMETERS[name]


def expand(name, *argument):
    module = importlib.import_module(f"configs.{name}")
    return points.expand(module.get_config(*argument), module.sweep)


@functools.cache
def parameters_of(model):
    """The number of parameters by `config.model` in JSON, so that each network is built once."""
    config = load("ablation")
    config.model.update(weights.config_from_json(model))
    return count_parameters(config)


@pytest.mark.parametrize("name", SWEEPS)
def test_every_point_of_a_sweep_can_be_trained(name):
    found = expand(name)
    counts = collections.Counter()
    for point in found:
        loop.check(point.config, num_devices=1)
        counts[parameters_of(point.config.model.to_json())] += 1
    assert counts == {size: 3 * count for size, count in POINTS[name].items()}


@pytest.mark.parametrize("name", sorted(set(SWEEPS) - {"ablate_batch_size"}))
def test_points_differ_in_one_thing_and_see_as_many_triplets(name):
    found = expand(name)
    labels = list(dict.fromkeys(point.label for point in found))
    assert [(point.config.seed, point.label) for point in found] == [
        (seed, label) for seed in (0, 1, 2) for label in labels
    ]
    sections = {field.partition(".")[0] for point in found for field in point.fields} - {"seed"}
    assert len(sections) == 1 or (name == "ablate_loss" and sections == {"loss", "model"})
    for point in found:
        assert point.config.steps * point.config.batch_size == 3200


def test_sizes_of_batches_share_the_triplets():
    for point in expand("ablate_batch_size"):
        config = point.config
        assert config.steps * config.batch_size == 3200
        assert config.steps == config.optimizer.decay_steps == 10 * config.validate_every


def test_points_are_judged_on_what_the_argument_says():
    for judged_on in ("v01", "v02"):
        found = expand("ablate_ranges", judged_on)
        for point, version in zip(found, 3 * (ranges.v01, ranges.v02), strict=True):
            assert point.config.manipulations.to_dict() == version().to_dict()
    module = importlib.import_module("configs.ablate_ranges")
    assert module.get_config("v02").manipulations.to_dict() == ranges.v02().to_dict()
    module = importlib.import_module("configs.ablate_different")
    assert not module.get_config("plain").manipulations.deform_different
    module = importlib.import_module("configs.ablate_source")
    assert module.get_config("procedural").data.source == "procedural"


def test_every_loss_of_the_sweeps_traces():
    """Each pair of loss and metric, by its own settings; the network's part is that of the base."""
    tried = set()
    swept = [point.config for point in expand("ablate_loss") + expand("ablate_negatives")]
    for config in [*swept, load("compact")]:
        forensic = metric.Metric(
            jax.ShapeDtypeStruct((128,), jnp.float32), squared=config.model.metric == "squared_l2"
        )
        taken = 3 if losses.takes_different(config.loss) else 2
        for images, loss in (
            (taken, losses.make(config.loss)),
            (3, losses.make_drawn(config.loss)),
        ):
            embeddings = jax.ShapeDtypeStruct((images, config.batch_size, 128), jnp.float32)
            shape = jax.eval_shape(loss, forensic, embeddings)
            assert shape.shape == (config.batch_size,) and shape.dtype == jnp.float32
        tried.add(config.loss.name)
    assert tried == losses.LOSSES.keys()


def assert_traces(config):
    """A step on two devices, and a validation, which changes no shape of the state."""
    config.batch_size, config.data.neighbours = 4, min(2, config.data.neighbours)
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    state = initial(config)
    step = jax.vmap(
        steps.make_step(config, build.network(config.model, axis_name=steps.AXIS), optimizer, 2),
        in_axes=(None, None, 0),
        out_axes=None,
        axis_name=steps.AXIS,
        axis_size=2,
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


@pytest.mark.parametrize("name", ALONE)
def test_a_step_and_a_validation_trace(name):
    assert_traces(load(name))


def test_a_step_and_a_validation_of_every_loss_trace():
    """Each with its metric and its settings.

    The network is a small one and images are hardly manipulated, to be quick.
    """
    for point in expand("ablate_loss"):
        if point.config.seed == 0:
            config = point.config.copy_and_resolve_references()
            config.model.channels = (4,)
            for step in recipe.STEPS:
                config.manipulations[step].probability = 0.0
            config.manipulations.clutter.update(rectangle=0.0, text=0.0)
            assert_traces(config)
