import json
import os
import subprocess
import sys

import numpy as np
import pytest

from imgforensics.data import frozen
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError


def micrographs(count=40, split=None):
    rng = np.random.default_rng(0)
    return Micrographs(
        images=rng.integers(0, 256, (count, 256, 256)).astype(np.uint8),
        names=np.array([f"crop µ{i}" for i in range(count)]),
        classes=np.array([f"class {i % 3}" for i in range(count)]),
        sources=np.array([f"source {i // 2}" for i in range(count)]),
        split=split,
        summary={"source": "folder", "skipped": {"unreadable": 1}, "unreadable": {"a.png": "cut"}},
    )


@pytest.mark.parametrize("own_split", [False, True])
def test_same_bytes_in_the_same_order(tmp_path, own_split, capfd):
    split = np.array(["train", "validation", "test", "train"] * 10) if own_split else None
    data = micrographs(split=split)
    frozen.freeze(data, tmp_path)
    back = frozen.read(tmp_path)
    for field in ("images", "names", "classes", "sources", "split"):
        first, second = getattr(data, field), getattr(back, field)
        assert (first is None) == (second is None)
        if first is not None:
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)
    assert back.summary == data.summary
    assert [path.name for path in tmp_path.iterdir()] == ["frozen_micrographs"]
    out, err = capfd.readouterr()
    assert out == "" and "writing micrographs" in err and "reading micrographs" in err


def test_nothing_is_overwritten(tmp_path):
    frozen.freeze(micrographs(3), tmp_path)
    with pytest.raises(UserError, match="is not empty"):
        frozen.freeze(micrographs(3), tmp_path)


def test_nothing_frozen_there(tmp_path):
    with pytest.raises(UserError, match="holds no frozen micrographs"):
        frozen.read(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "changed", "removed", "info"])
def test_damaged_files(tmp_path, damage):
    frozen.freeze(micrographs(), tmp_path)
    (records,) = tmp_path.glob("*/*/*.array_record*")
    data = bytearray(records.read_bytes())
    if damage == "cut":
        records.write_bytes(data[: len(data) // 2])
    elif damage == "changed":
        middle = len(data) // 4
        data[middle : middle + 100] = bytes(100)
        records.write_bytes(data)
    elif damage == "removed":
        records.unlink()
    else:
        (records.parent / "dataset_info.json").write_text("{")
    with pytest.raises(UserError, match="is damaged .*prepare it again") as error:
        frozen.read(tmp_path)
    assert "\n" not in str(error.value)


def test_images_on_disk_are_those_in_memory(tmp_path):
    data = micrographs(split=np.array(["train", "validation", "test", "train"] * 10))
    frozen.freeze(data, tmp_path)
    stored = frozen.on_disk(tmp_path)
    for field in ("names", "classes", "sources", "split", "summary"):
        np.testing.assert_array_equal(getattr(stored, field), getattr(data, field))
    assert len(stored) == len(stored.images) == 40
    some = np.array([7, 39, 0, 7])
    for chosen in (slice(None), some, some.reshape(2, 2), 5, np.array([], int)):
        images = np.asarray(stored.images[chosen])
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(images, data.images[chosen])
    np.testing.assert_array_equal(stored.images[some][1:3], data.images[some][1:3])


def test_damage_that_comes_later_is_told_when_images_are_read(tmp_path):
    frozen.freeze(micrographs(), tmp_path)
    images = frozen.on_disk(tmp_path).images
    (records,) = tmp_path.glob("*/*/*.array_record*")
    records.write_bytes(bytes(records.stat().st_size))
    with pytest.raises(UserError, match="is damaged .*prepare it again"):
        np.asarray(images)


@pytest.mark.parametrize(
    "changed",
    [
        lambda features: features | {"pythonClassName": "planted.Feature"},
        lambda features: {"python_class_name": "planted.Feature", "text": {}},
        lambda features: {"type": "planted.Feature", "content": {}},
        lambda features: features | {"featuresDict": {"features": {
            "a": {"pythonClassName": "planted.Feature", "text": {}}}}},
        lambda features: features | {"deep": [{"pythonClassName": "planted.Feature"}]},
        lambda features: features | {"pythonClassName": "tensorflow_datasets.planted.Feature"},
    ],
)  # fmt: skip
def test_a_data_set_brings_no_code(changed, tmp_path, monkeypatch):
    """TFDS would import the classes that features.json names."""
    frozen.freeze(micrographs(3), tmp_path / "set")
    (tmp_path / "planted.py").write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(tmp_path)
    (path,) = tmp_path.glob("set/*/*/features.json")
    path.write_text(json.dumps(changed(json.loads(path.read_text()))))
    with pytest.raises(UserError, match="planted.Feature', which is not TensorFlow Datasets' own"):
        frozen.read(tmp_path / "set")


@pytest.mark.parametrize("content", [None, "", "{", "[" * 10**5, "3", "{}", '{"featuresDict": 1}'])
def test_features_of_another_kind(content, tmp_path):
    frozen.freeze(micrographs(3), tmp_path)
    (path,) = tmp_path.glob("*/*/features.json")
    path.unlink()
    if content is None:
        os.mkfifo(path)
    else:
        path.write_text(content)
    with pytest.raises(UserError, match="prepare it again") as told:
        frozen.read(tmp_path)
    assert "\n" not in str(told.value)


def test_no_tensorflow(tmp_path):
    code = f"""
import sys
import numpy as np
from imgforensics.data import folder, frozen, hms_forensics, real_cases, sources, splits
from imgforensics.data.micrographs import Micrographs
names = np.array(["a", "b"])
images = np.arange(2 * 256 * 256).reshape(2, 256, 256).astype(np.uint8)
frozen.freeze(Micrographs(images, names, names, names), {str(tmp_path / "out")!r})
assert (frozen.read({str(tmp_path / "out")!r}).images == images).all()
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
