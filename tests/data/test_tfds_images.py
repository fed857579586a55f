"""A TFDS data set as a source of micrographs."""

import sys
from typing import ClassVar

import numpy as np
import pytest
import tensorflow_datasets as tfds
from ml_collections import ConfigDict

from imgforensics.data import frozen, sources, tfds_images
from imgforensics.utils.errors import UserError


def noise(height, width):
    return np.random.RandomState(height + width).randint(0, 256, (height, width)).astype(np.uint8)


class TinyPlates(tfds.core.GeneratorBasedBuilder):
    """Gray PNGs: one of two crops, a small one, a blank one and one that is damaged."""

    VERSION = tfds.core.Version("1.0.0")
    SPLITS: ClassVar = {
        "train": [("wide", noise(256, 600)), ("small", noise(64, 300))],
        "test": [("blank", np.zeros((256, 256), np.uint8)), ("wide", noise(300, 260))],
    }

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 1), encoding_format="png"),
                    "label": tfds.features.ClassLabel(names=["small", "wide", "blank"]),
                    "number": np.int64,
                }
            ),
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in self.SPLITS}

    def _generate_examples(self, split):
        for number, (label, image) in enumerate(self.SPLITS[split]):
            yield number, {"image": frozen.png(image), "label": label, "number": number}


class SplitPlates(TinyPlates):
    SPLITS: ClassVar = {split: [(-1, noise(256, 256))] for split in ("train", "validation", "test")}


class TextPlates(TinyPlates):
    def _info(self):
        features = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(num_classes=2)}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _generate_examples(self, split):
        yield 0, {"text": "no image", "label": 0}


class BrokenPlates(TinyPlates):
    def _generate_examples(self, split):
        raise ValueError("the server\nsays nothing")
        yield


def load(name, folder):
    config = {"source": f"tfds:{name}", "folder": str(folder)}
    return sources.load(ConfigDict(config))


def test_images_become_crops_with_class_and_source(tmp_path):
    found = load("tiny_plates", tmp_path)
    crops = {image.tobytes() for image in found.images}
    wide, tall = noise(256, 600), noise(300, 260)
    expected = (wide[:, :256], wide[:, 256:512], tall[:256, :256])
    assert crops == {crop.tobytes() for crop in expected}
    assert found.images.shape == (3, 256, 256) and found.images.dtype == np.uint8
    assert set(found.classes) == {"wide"} and found.split is None
    assert len(set(found.sources)) == 2 and len(set(found.names)) == 3
    for name, source in zip(found.names, found.sources):
        assert name.startswith(f"{source}_r00000_c00")
    summary = found.summary
    assert summary["images"] == 4 and summary["source"] == "tfds:tiny_plates"
    assert summary["skipped"] == {"smaller than 256x256": 1, "near-blank crops": 1}
    again = load("tiny_plates:1.0.0", tmp_path)
    np.testing.assert_array_equal(again.images, found.images)
    assert "tensorflow" not in sys.modules


def test_its_own_three_splits_are_kept(tmp_path):
    found = load("split_plates", tmp_path)
    assert sorted(found.split) == ["test", "train", "validation"]
    assert set(found.classes) == {"split_plates"}, "they have no labels"
    assert all(name.startswith(split) for name, split in zip(found.names, found.split))


def test_a_damaged_image_is_named_and_costs_no_other(tmp_path, monkeypatch):
    real = tfds_images.read_gray

    def read_gray(file):
        if file.read_bytes() == frozen.png(noise(64, 300)).getvalue():
            raise UserError(f"cannot read {file}: damaged")
        return real(file)

    monkeypatch.setattr(tfds_images, "read_gray", read_gray)
    summary = load("tiny_plates", tmp_path).summary
    assert summary["crops"] == 3 and list(summary["unreadable"].values()) == ["damaged"]
    assert summary["skipped"]["unreadable"] == 1


@pytest.mark.parametrize(
    "name, message",
    [
        ("no_such_plates", "TFDS knows no data set 'no_such_plates': name one of its own"),
        ("text_plates", "the TFDS data set text_plates has no images in a feature 'image'"),
        ("broken_plates", "TFDS can't make the data set 'broken_plates' .*: the server; make it "),
        ("", "name a TFDS data set: config.data.source=tfds:NAME"),
    ],
)
def test_what_gives_no_images_is_one_line(name, message, tmp_path):
    with pytest.raises(UserError, match=message) as told:
        load(name, tmp_path)
    assert "\n" not in str(told.value)


def test_small_images_only_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(TinyPlates, "SPLITS", {"train": [("small", noise(64, 300))]})
    with pytest.raises(UserError, match=r"no usable 256x256 crop \(1 images; smaller than .*: 1\)"):
        load("tiny_plates", tmp_path)
