import os
import pathlib

import jax
import numpy as np
import pytest

from imgforensics.inference import embed, weights
from imgforensics.training import trained
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError


@pytest.fixture
def file(model, tmp_path):
    path = tmp_path / "model.npz"
    weights.export(model, path)
    return path


def rewrite(file, **changed):
    """Replaces entries and signs them again; None removes one."""
    with np.load(file) as entries:
        entries = {key: entry for key, entry in entries.items() if key != "sha256"}
    entries = {key: entry for key, entry in (entries | changed).items() if entry is not None}
    np.savez(file, **entries, sha256=np.array(weights._digest(entries)))


def test_a_model_comes_back_as_it_was(model, file):
    again = weights.load(file)
    assert again.config == model.config and again.step == 7
    assert again.config.data.split == model.config.data.split
    assert isinstance(again.config.manipulations.gamma.percent, tuple)
    for part in ("params", "moments"):
        ours, theirs = getattr(again, part), getattr(model, part)
        jax.tree.map(np.testing.assert_array_equal, ours, theirs)
        assert jax.tree.map(lambda leaf: leaf.dtype, ours) == jax.tree.map(
            lambda leaf: leaf.dtype, theirs
        )


def test_a_model_without_batch_normalization_has_no_moments(make_model, patches, tmp_path):
    model = make_model(batch_normalization=False)
    weights.export(model, tmp_path / "model.npz")
    again = weights.load(tmp_path / "model.npz")
    assert model.moments == again.moments == {}
    np.testing.assert_array_equal(embed.embed(again, patches[:5]), embed.embed(model, patches[:5]))


def test_the_file_holds_no_pickle_and_no_other_file_is_left(file):
    with np.load(file, allow_pickle=False) as entries:
        assert all(entries[key].dtype != object for key in entries.files)
    assert os.listdir(file.parent) == ["model.npz"]


def test_nothing_is_overwritten(model, file):
    before = file.read_bytes()
    with pytest.raises(UserError, match="exists: weights are not overwritten"):
        weights.export(model, file)
    assert file.read_bytes() == before


def test_a_file_is_complete_or_not_there(tmp_path):
    (tmp_path / "a").write_text("before")
    with pytest.raises(RuntimeError), atomic.writing(tmp_path / "a") as file:
        file.write("half")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == "before" and os.listdir(tmp_path) == ["a"]
    with atomic.writing(tmp_path / "new" / "b") as file:
        file.write("é\n")
    assert (tmp_path / "new" / "b").read_bytes() == "é\n".encode()


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(tmp_path):
    with (
        pytest.raises(UserError, match="cannot write .*No space left on device"),
        atomic.writing(tmp_path / "a"),
        open("/dev/full", "w") as full,
    ):
        full.write("x")
    assert os.listdir(tmp_path) == []


def test_a_folder_is_no_place_for_a_file(tmp_path):
    with pytest.raises(UserError, match="it is a folder"), atomic.writing(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4 no zip", b"\x93NUMPY"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(UserError, match="cannot read .*/w: it is") as caught:
        weights.load(tmp_path / "w")
    assert "unsafely" not in str(caught.value)  # as numpy would advise


def test_arrays_of_something_else_are_refused(tmp_path):
    np.savez(tmp_path / "arrays.npz", a=np.arange(3))
    np.savez(tmp_path / "pickle.npz", format=np.array([{}], object))
    np.save(tmp_path / "array.npy", np.arange(3))
    for name, message in (
        ("arrays.npz", "is not a weights file"),
        ("pickle.npz", "it is damaged, or no .npz file"),
        ("array.npy", "it is damaged, or no .npz file"),
    ):
        with pytest.raises(UserError, match=message):
            weights.load(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    for read in (weights.load, trained.read):
        with pytest.raises(UserError, match="no weights at .*nowhere.npz"):
            read(tmp_path / "nowhere.npz")


def test_damage_anywhere_is_noticed(file):
    content = file.read_bytes()
    for place in range(200, len(content), len(content) // 40):
        changed = bytearray(content)
        changed[place] ^= 1
        file.write_bytes(changed)
        try:  # a bit of the container that nobody reads may change nothing
            weights.load(file)
        except UserError as error:
            assert str(file) in str(error) and "\n" not in str(error)
    for length in (10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        with pytest.raises(UserError, match="damaged"):
            weights.load(file)


@pytest.mark.parametrize("key", ["params/alpha", "moments/head_norm/mean", "step", "config"])
def test_a_changed_number_does_not_match_the_hash(file, key):
    with np.load(file) as entries:
        entries = dict(entries)
    if key == "config":
        entries[key] = np.array(str(entries[key]).replace('"seed": 0', '"seed": 1'))
    else:
        entries[key] = entries[key] + 1
    np.savez(file, **entries)
    with pytest.raises(UserError, match="does not match its hash"):
        weights.load(file)


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"params/alpha": np.zeros(9, np.float32)}, r"params/alpha has shape \(9,\).*\(8,\)"),
        ({"params/alpha": None}, "params/alpha has shape none"),
        ({"params/extra": np.zeros(2, np.float32)}, "params/extra .* no such array"),
        ({"moments/head_norm/mean": np.zeros((2, 8))}, r"moments/head_norm/mean .* \(2, 8\)"),
    ],
)
def test_another_architecture_is_refused(file, changed, message):
    rewrite(file, **changed)
    with pytest.raises(UserError, match=f"another architecture than its config: {message}"):
        weights.load(file)


def changed_config(model, change):
    config = model.config.copy_and_resolve_references()
    with config.unlocked():
        change(config)
    return np.array(config.to_json())


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: c.model.update(hidden_features=17), "params/embedding/kernel has shape"),
        (lambda c: c.model.update(residual=True), "params/block0_shortcut/kernel has shape none"),
        (lambda c: c.model.update(colour=True), "unknown field config.model.colour"),
        (lambda c: c.model.__delattr__("lrn"), "no config.model.lrn"),
        (lambda c: c.__delattr__("model"), "no config.model"),
        (lambda c: c.manipulations.update(output_size=34), "sides divisible by 4, got 34x34"),
    ],
)
def test_another_config_is_refused(model, file, change, message):
    rewrite(file, config=changed_config(model, change))
    with pytest.raises(UserError, match=message):
        weights.load(file)


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    with pytest.raises(UserError):
        trained.read(tmp_path)
