"""The contact sheet shows what it is given."""

import numpy as np
import PIL.Image
import pytest

from imgforensics.data.micrographs import Micrographs
from imgforensics.reports.figures.contact_sheet import contact_sheet


def _micrographs(levels, classes):
    count = len(levels)
    images = np.zeros((count, 256, 256), np.uint8) + np.array(levels, np.uint8)[:, None, None]
    names = np.array([f"image{i}" for i in range(count)])
    return Micrographs(images=images, names=names, classes=np.array(classes), sources=names)


def test_tiles_stand_in_order_of_first_appearance(tmp_path):
    path = tmp_path / "sheet.png"
    micrographs = _micrographs([40, 90, 140, 190], ["b", "a", "a", "b"])
    contact_sheet(micrographs, path, per_class=2, columns=2)
    picture = PIL.Image.open(path)
    assert picture.mode == "L"
    pixels = np.asarray(picture).astype(int)
    width = pixels.shape[1] / (2 * 2.08)
    row = pixels[pixels.shape[0] // 3]
    seen = [row[int(x * width)] for x in (0.5, 1.5, 2.58, 3.58)]
    np.testing.assert_allclose(seen, [40, 190, 90, 140], atol=2)


def test_only_the_asked_number_of_tiles_is_shown(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet(_micrographs([10, 200], ["a", "a"]), path, per_class=1, columns=1)
    pixels = np.asarray(PIL.Image.open(path))
    assert (pixels == 10).mean() > 0.5
    assert (pixels == 200).mean() < 0.01


def test_an_empty_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no micrographs"):
        contact_sheet(_micrographs([], []), tmp_path / "sheet.png")
