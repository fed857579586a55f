import numpy as np
import pytest
from PIL import Image

from imgforensics.data.micrographs import Micrographs
from imgforensics.explore import gallery
from imgforensics.manipulations.crop import central_crop
from imgforensics.utils.errors import UserError


def save(path, shape=(40, 40), seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)
    Image.fromarray(levels).save(path)
    return levels


def test_images_of_a_folder_in_all_sizes(tmp_path):
    same = save(tmp_path / "b" / "1.png", (32, 32))
    save(tmp_path / "a" / "wide.png", (50, 90))
    save(tmp_path / "top.tif", (10, 10))
    (tmp_path / "a" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "a" / "notes.txt").write_text("no image")
    images = gallery.whole(tmp_path, 32, 100)
    assert images.names.tolist() == ["a/wide.png", "b/1.png", "top.tif"]
    assert images.classes.tolist() == ["a", "b", tmp_path.name]
    assert images.sources.tolist() == images.names.tolist()
    assert images.pixels.shape == (3, 32, 32) and images.pixels.dtype == np.uint8
    np.testing.assert_array_equal(images.pixels[1], same)
    assert list(images.summary["unreadable"]) == ["a/broken.png"]
    assert images.summary["skipped"] == {"files of other types": 1, "unreadable": 1}
    assert images.summary["images"] == 4 and images.summary["shown"] == 3


def test_a_sample_is_the_same_every_time(tmp_path):
    for number in range(9):
        save(tmp_path / f"{number}.png", (8, 8), number)
    once, again = (gallery.whole(tmp_path, 8, 4).names.tolist() for _ in range(2))
    assert once == again == sorted(once) and len(once) == 4


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(UserError, match="holds no image"):
        gallery.whole(tmp_path, 32, 100)
    save(tmp_path / "one.png")
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"1 image\(s\) to show \(1 unreadable, 0 blank\) have"):
        gallery.whole(tmp_path, 32, 100)
    (tmp_path / "one.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"0 image\(s\) to show \(2 unreadable"):
        gallery.whole(tmp_path, 32, 100)


def micrographs(count):
    levels = np.random.RandomState(0).randint(0, 256, (count, 256, 256)).astype(np.uint8)
    names = np.array([f"n{number}" for number in range(count)])
    return Micrographs(levels, names, np.char.add("c", names), np.char.add("s", names), None, {})


def test_crops_are_the_anchors_of_training():
    given = micrographs(4)
    images = gallery.crops(given, 128, 3)
    assert len(images.names) == 3 and images.summary["shown"] == 3
    for pixels, name, label, source in zip(*images[:4]):
        number = int(name[1:])
        assert (label, source) == (f"cn{number}", f"sn{number}")
        np.testing.assert_allclose(pixels / 255, central_crop(given.images[number], 128), atol=1e-6)
    with pytest.raises(UserError, match="1 image.s. to show"):
        gallery.crops(micrographs(1), 128, 3)
