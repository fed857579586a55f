import ml_collections
import numpy as np
import pytest
from PIL import Image

from imgforensics.data import procedural, sources
from imgforensics.utils.errors import UserError


def config(**fields):
    return ml_collections.ConfigDict({"seed": 0, "size": 3, "folder": "", **fields})


def test_folder(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (256, 256)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    data = sources.load(config(source="folder", folder=str(tmp_path)))
    np.testing.assert_array_equal(data.images, noise[None])


def test_procedural(monkeypatch):
    monkeypatch.setattr(procedural, "on_demand", lambda size, seed: (size, seed))
    assert sources.load(config(source="procedural", size=3, seed=7)) == (3, 7)


def test_unknown_source_lists_the_known():
    with pytest.raises(UserError, match="'imagenet': use one of procedural, folder, hms_foren"):
        sources.load(config(source="imagenet"))


@pytest.mark.parametrize("source", ["folder", "hms_forensics", "frozen"])
def test_missing_folder(source):
    with pytest.raises(UserError, match="needs a folder"):
        sources.load(config(source=source))
    with pytest.raises(UserError, match="nowhere"):
        sources.load(config(source=source, folder="/nowhere"))


@pytest.mark.parametrize("source", ["procedural", "folder", "hms_forensics"])
def test_only_frozen_images_stay_on_disk(source):
    with pytest.raises(UserError, match=f"not the source '{source}': freeze them with `imgf"):
        sources.load(config(source=source, folder="/nowhere", on_device=False))
