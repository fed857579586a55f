"""The same picture in any container, depth and colour has the same grey levels."""

import numpy as np
import pictures
import pytest

from imgforensics.images.read import read_image

FILES = {file.name: file for file in pictures.files()}


@pytest.mark.parametrize("name", FILES)
def test_the_same_grey_levels(tmp_path, name):
    file = FILES[name]
    (tmp_path / "file").write_bytes(file.write())
    found = read_image(tmp_path / "file")
    assert found.pixels.shape == (pictures.HEIGHT, pictures.WIDTH)
    difference = np.abs(found.pixels.astype(int) - pictures.picture())
    assert difference.max() <= file.within
    assert (found.pages, found.channels, found.description) == (1, 1, "")
