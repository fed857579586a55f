"""From configs to networks: what fits no architecture is told in one line."""

import inspect

import pytest

from configs import common, compact
from imgforensics.models import build
from imgforensics.models.compact import Compact
from imgforensics.models.interface import EmbeddingNetwork
from imgforensics.models.paper import Network
from imgforensics.utils.errors import UserError


def model(module=common):
    config = module.get_config().model
    config.unlock()
    return config


def test_each_architecture_has_its_class():
    assert isinstance(build.network(model()), Network)
    assert isinstance(build.network(model(compact)), Compact)
    before = model()
    del before.architecture  # of before there were two
    assert build.network(before) == build.network(model())


@pytest.mark.parametrize("module", [common, compact])
def test_every_architecture_is_called_alike(module):
    network = build.network(model(module))
    assert isinstance(network, EmbeddingNetwork)
    expected = inspect.signature(EmbeddingNetwork.__call__).parameters
    assert inspect.signature(type(network).__call__).parameters == expected


@pytest.mark.parametrize(
    "change,message",
    [
        (lambda config: config.update(architecture="deep"), "architecture is 'deep'; it must be"),
        (lambda config: config.update(architecture="compact"), "config.model has no"),
        (lambda config: config.update(blocks=(1,)), "config.model.blocks is not of the architect"),
        (
            lambda config: config.__delattr__("metric"),
            "config.model has no metric: it is of another vers",
        ),
        (lambda config: config.update(dtype="int8"), "dtype is 'int8'; it must be"),
    ],
)
def test_what_makes_no_network_is_refused(change, message):
    config = model()
    change(config)
    with pytest.raises(UserError, match=message):
        build.network(config)
