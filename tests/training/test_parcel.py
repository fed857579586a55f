"""What a run leaves is in few, small files, and can be put together again."""

import tarfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.training import parcel
from imgforensics.training import state as states
from imgforensics.utils.errors import UserError


@pytest.fixture(scope="module")
def config(tiny):
    config = tiny.copy_and_resolve_references()
    config.ema_decay = 0.9
    return config.lock()


@pytest.fixture(scope="module")
def state(config):
    network = build.network(config.model)
    return states.create(config, network, states.optimizer(config))


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("{}\n")
    return [path, tmp_path / "missing.json"]


def test_weights_records_and_programs_are_left_and_replaced(config, state, records, tmp_path):
    compiled = tmp_path / "cache"
    compiled.mkdir()
    (compiled / "program").write_bytes(b"compiled")
    out = tmp_path / "out"
    for _ in range(2):
        assert parcel.leave(config, state, records, compiled, out) == []
    names = {path.name for path in out.iterdir()}
    assert names == {"average.npz", "best.npz", "last.npz", "records.tar", "compiled.tar"}
    model = weights.load(out / "last.npz")
    for one, other in zip(
        jax.tree.leaves(model.params), jax.tree.leaves(state.latest.params), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    with tarfile.open(out / "records.tar") as archive:
        assert archive.getnames() == ["metrics.jsonl"]
    parcel.unpack(out / "compiled.tar", tmp_path / "again")
    assert (tmp_path / "again" / "program").read_bytes() == b"compiled"


def test_large_weights_are_halved_and_cut(config, state, records, tmp_path, monkeypatch):
    parcel.leave(config, state, records, None, tmp_path / "whole")
    whole = (tmp_path / "whole" / "last.npz").stat().st_size
    monkeypatch.setattr(parcel, "FILE_BYTES", whole // 3)
    monkeypatch.setattr(parcel, "MOST_FILES", 20)
    parcel.leave(config, state, records, None, tmp_path / "parts")
    parts = sorted((tmp_path / "parts").glob("last.npz.*"))
    assert len(parts) >= 2 and all(part.stat().st_size <= whole // 3 for part in parts)
    (tmp_path / "joined.npz").write_bytes(b"".join(part.read_bytes() for part in parts))
    model = weights.load(tmp_path / "joined.npz")
    for one, other in zip(
        jax.tree.leaves(model.params), jax.tree.leaves(state.latest.params), strict=True
    ):
        assert one.dtype == jnp.float32
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-7)


def test_what_finds_no_room_is_named(config, state, records, tmp_path, monkeypatch):
    monkeypatch.setattr(parcel, "MOST_FILES", 2)
    left = parcel.leave(config, state, records, None, tmp_path / "out")
    assert left == ["best.npz", "last.npz"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "average.npz",
        "records.tar",
    ]


def test_parameters_beyond_half_precision_are_refused(config, state, tmp_path):
    params = jax.tree.map(lambda leaf: leaf + 1e6, state.latest.params)
    model = weights.Model(config, params, state.latest.moments, 0)
    with pytest.raises(UserError, match="too large for half precision: write them in full"):
        weights.export(model, tmp_path / "half.npz", half=True)


def test_no_archive_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot read compiled programs from"):
        parcel.unpack(tmp_path / "missing.tar", tmp_path)
