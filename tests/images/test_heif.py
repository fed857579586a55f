"""HEIF: deep values, several images, and what is said where the package is missing."""

import sys

import numpy as np
import pytest
from PIL import Image

from imgforensics.images.read import read_image, read_pages
from imgforensics.utils.errors import UserError

RAMP = np.linspace(0, 65535, 96 * 128).reshape(96, 128).astype(np.uint16)
START = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + 99 * b"\0"


def test_without_the_package_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(START)
    with pytest.raises(UserError, match=r"HEIF.*pip install 'imgforensics\[heif\]'"):
        read_image(tmp_path / "a.heic")


def test_deep_values_become_grey_levels(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    made = pillow_heif.from_bytes("I;16", RAMP.shape[::-1], RAMP.tobytes())
    made.save(tmp_path / "a.heic", quality=-1)
    found = read_image(tmp_path / "a.heic").pixels
    np.testing.assert_allclose(found, RAMP / 257, atol=2)


def test_several_images_are_pages(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    file = pillow_heif.HeifFile()
    for level in (40, 90, 160):
        file.add_from_pillow(Image.new("L", (64, 48), level))
    file.save(tmp_path / "a.heif", quality=-1)
    pages = [page.pixels for page in read_pages(tmp_path / "a.heif")]
    assert [page.shape for page in pages] == [(48, 64)] * 3
    np.testing.assert_allclose([page.mean() for page in pages], [40, 90, 160], atol=2)


def test_what_is_damaged_is_one_line(tmp_path):
    pytest.importorskip("pillow_heif")
    (tmp_path / "a.heic").write_bytes(START)
    with pytest.raises(UserError, match="damaged"):
        read_image(tmp_path / "a.heic")
