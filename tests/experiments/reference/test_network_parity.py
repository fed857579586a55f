"""The network against the outputs of the authors' own code."""

import pathlib

import numpy as np
import pytest

from experiments.reference import network
from imgforensics.models import paper as network_module

_GOLDEN = pathlib.Path(__file__).parents[2] / "golden" / "golden_network.npz"

# Where the reference's later steps amplify float32 rounding beyond the tolerance, which the check
# measures and says; everything else has to be within the tolerance itself.
_MAY_BE_ROUNDING = (
    "eval_embeddings",
    "eval_sigma",
    "loss after 3",
    "loss after 4",
    "gradient of l0_bn",
    "layer 5",
)


@pytest.fixture(scope="module")
def golden():
    with np.load(_GOLDEN) as file:
        return dict(file)


@pytest.fixture
def wrong_radius(monkeypatch):
    """Local response normalisation over other neighbours than the authors'."""
    exact = network_module.local_response_normalize
    monkeypatch.setattr(
        network_module, "local_response_normalize", lambda features: exact(features, radius=4)
    )


def test_embeddings_agree(golden):
    checks = network.check_forward(golden)
    assert [check.quantity for check in checks if not check.ok] == [] and len(checks) == 4


def test_other_embeddings_are_a_miss(golden, wrong_radius):
    checks = network.check_forward(golden)
    assert any(check.quantity.startswith("embeddings") for check in checks if not check.ok)


@pytest.mark.slow
def test_every_quantity_agrees(golden):
    checks = network.check(golden)
    assert len(checks) > 140
    assert [check for check in checks if check.verdict == "MISS"] == []
    beyond = [check.quantity for check in checks if check.verdict == "rounding"]
    assert [name for name in beyond if not any(part in name for part in _MAY_BE_ROUNDING)] == []


@pytest.mark.slow
def test_a_wrong_network_is_a_miss(golden, wrong_radius, monkeypatch):
    monkeypatch.setattr(network, "_PERTURBATIONS", 0)
    missed = [check for check in network.check(golden) if check.verdict == "MISS"]
    assert any(check.quantity.startswith("embeddings") for check in missed)
    assert any(check.quantity.startswith("gradient") for check in missed)
