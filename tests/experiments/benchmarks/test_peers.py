"""The peers, where they are installed: they agree with us, and are not timed if they don't."""

import json
import sys

import numpy as np
import pytest

from configs import paper
from experiments.benchmarks import peers
from imgforensics.utils.errors import UserError


@pytest.fixture
def small():
    """The paper's network, small in every way."""
    config = paper.get_config()
    config.batch_size = 8
    config.model.channels = (4, 8)
    config.model.hidden_features = 16
    config.model.embedding_features = 8
    config.manipulations.output_size = 32
    return config


def test_a_missing_peer_is_named(monkeypatch):
    for module in peers.PACKAGES:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match="needs torch, kornia, faiss-cpu: run `make benchmark`"):
        peers.check()


def test_search():
    pytest.importorskip("faiss")
    from experiments.benchmarks import search

    measured = search.compare(seed=0, repeats=2, queries=5, size=300, k=4)
    json.dumps(measured, allow_nan=False)
    assert measured["ours"]["amount"] == 1500 and len(measured["checks"]) == 2


def test_other_neighbours_are_not_timed(monkeypatch):
    pytest.importorskip("faiss")
    from experiments.benchmarks import search, timing

    def second_nearest(*arguments):
        return tuple(np.roll(found, 1, axis=0) for found in nearest(*arguments))

    nearest = search.nearest
    monkeypatch.setattr(search, "nearest", second_nearest)
    monkeypatch.setattr(timing, "by_turns", lambda *arguments: pytest.fail("timed"))
    with pytest.raises(UserError, match="FAISS's neighbours and ours differ"):
        search.compare(seed=0, repeats=1, queries=5, size=300, k=4)


def test_manipulations():
    pytest.importorskip("torch")
    pytest.importorskip("kornia")
    from experiments.benchmarks import manipulations

    config = paper.get_config()
    config.batch_size = 24
    measured = manipulations.compare(config, repeats=1)
    json.dumps(measured, allow_nan=False)
    kornia = measured["checks"][1]
    assert "kornia" in kornia["quantity"] and kornia["difference"] < 1e-4


@pytest.mark.parametrize("peer", ["scikit-image and Pillow", "kornia on PyTorch"])
def test_other_triplets_are_not_timed(peer, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("kornia")
    from experiments.benchmarks import batched_kornia, manipulations, per_image, timing

    def mirrored(*arguments):
        made = make(*arguments)
        return np.flip(made, -1) if module is per_image else made.flip(-1)

    module, name = {
        manipulations.PER_IMAGE: (per_image, "triplet"),
        manipulations.KORNIA: (batched_kornia, "triplets"),
    }[peer]
    make = getattr(module, name)
    monkeypatch.setattr(module, name, mirrored)
    monkeypatch.setattr(timing, "by_turns", lambda *arguments: pytest.fail("timed"))
    config = paper.get_config()
    config.batch_size = 24
    with pytest.raises(UserError, match=f"triplets of {peer} from the same draws and ours differ"):
        manipulations.compare(config, repeats=1)


def test_embedding(small):
    torch = pytest.importorskip("torch")
    from experiments.benchmarks import embedding

    threads = torch.get_num_threads()
    measured = embedding.compare(small, repeats=1, count=70)
    assert torch.get_num_threads() == threads
    json.dumps(measured, allow_nan=False)
    assert len(measured["checks"]) == 2
    assert all(check["difference"] < 1e-3 for check in measured["checks"])
    assert measured["peers"].keys() == {embedding.PYTORCH, embedding.SIDE_BY_SIDE}
    first, second = (ratio["median"] for ratio in measured["ratios"].values())
    assert first <= second


def test_batches_side_by_side_have_a_thread_each():
    torch = pytest.importorskip("torch")
    from experiments.benchmarks import embedding

    def count_threads(batch):
        return torch.full((1,), torch.get_num_threads())

    found = embedding._side_by_side(count_threads, torch.zeros(6, 1).split(1))
    assert found.tolist() == [1] * 6


def test_other_embeddings_are_not_timed(small, monkeypatch):
    pytest.importorskip("torch")
    from experiments.benchmarks import embedding, timing

    monkeypatch.setattr(embedding, "DECAY", 0.5)  # so that PyTorch's moments are others
    monkeypatch.setattr(timing, "by_turns", lambda *arguments: pytest.fail("timed"))
    with pytest.raises(UserError, match="embeddings of PyTorch, channels last and ours differ"):
        embedding.compare(small, repeats=1, count=5)


def test_training(small):
    pytest.importorskip("torch")
    from experiments.benchmarks import training

    measured = training.compare(small, repeats=1, peak=1e9)
    json.dumps(measured, allow_nan=False)
    exact = {check["quantity"]: check["difference"] for check in measured["checks"][:2]}
    assert all("float64" in name for name in exact) and max(exact.values()) < 1e-4
    assert measured["manipulations"]["share_of_step"] > 0


def test_another_network_is_not_timed(small):
    """One that the peer does not know: moments of what is normalised."""
    pytest.importorskip("torch")
    from experiments.benchmarks import training

    small.model.first_moments_raw = False
    with pytest.raises(UserError, match="PyTorch's network in float64 and ours differ"):
        training.compare(small, repeats=1, peak=1e9)
