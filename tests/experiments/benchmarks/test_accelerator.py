"""Rates of whole steps on this device, and the table of them."""

import importlib

import pytest

from configs import common, compact
from experiments.benchmarks import operations
from imgforensics.models import build
from imgforensics.reports import table_accelerator
from imgforensics.training import state as states

pytestmark = pytest.mark.usefixtures("hardly_optimized")


@pytest.fixture(scope="module")
def accelerator():
    return importlib.import_module("experiments.benchmarks.accelerator")


@pytest.fixture(scope="module")
def small():
    config = compact.get_config()
    config.model.channels, config.model.blocks = (1,), (1,)
    config.model.pooled_features = config.model.arranged_features = 2
    config.model.hidden_features = config.model.embedding_features = 4
    config.manipulations.output_size = 32
    config.data.neighbours = 2
    return config


@pytest.fixture(scope="module")
def record(accelerator, small):
    return accelerator.measure(small, [8], ["bfloat16"], seconds=600, side=64)


def test_a_record_has_rates_memory_and_where_the_time_goes(record):
    found = record["accelerator"]
    [row] = found["rows"]
    assert (row["precision"], row["batch"]) == ("bfloat16", 8)
    assert row["images_per_second"] > 0 and row["temporary"] > 0 and row["share_of_peak"] > 0
    assert found["peaks"]["bfloat16"] > 0
    assert found["device"]["platform"] == "cpu"
    profile = found["profile"]
    assert sum(profile["shares"].values()) == pytest.approx(1)
    assert profile["largest"][0]["calls"] > 0
    assert any(group.startswith("compact") for group in profile["shares"])


def test_table_names_the_card_and_shows_each_row(record):
    text = table_accelerator.markdown([record])
    assert record["accelerator"]["device"]["kind"] in text
    assert "| bfloat16 | 8 | " in text and "Where the time of a step" in text
    assert table_accelerator.markdown([]) == "No accelerator has been measured yet."


def test_what_is_not_ready_in_time_is_left_out(accelerator, small):
    found = accelerator.measure(small, [8], ["bfloat16"], seconds=0, side=64)["accelerator"]
    assert found["rows"][0]["failed"] == "not compiled in time" and "profile" not in found
    assert "not compiled in time" in table_accelerator.markdown(
        [
            {
                "accelerator": found,
                "versions": {"jax": "0", "commit": None},
                "config": {"model": {"channels": (1,)}},
            }
        ]
    )


def test_operations_are_those_of_the_layers_and_little_besides(accelerator, monkeypatch):
    from imgforensics.models.cpu import lowering

    monkeypatch.setattr(lowering, "cpu_lowering", lambda: False)  # plain convolutions
    config = common.get_config()
    config.batch_size, config.model.channels = 2, (16, 32)
    network = build.network(config.model)
    params = states.create(config, network, states.make_optimizer(config.optimizer)).latest.params
    # Without the products with what pads an image's border, and with all that is no product.
    layers = 3 * 2 * operations.step(params, config.manipulations.output_size)
    assert 0.95 * layers <= accelerator.operations(config) <= 1.1 * layers
