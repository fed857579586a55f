import numpy as np
import pytest
from PIL import Image

from imgforensics.reports.figures import saving
from imgforensics.reports.figures.deformations import deformations
from imgforensics.utils.errors import UserError


def test_picture_is_drawn_and_follows_the_seed(tmp_path):
    image = np.random.RandomState(0).randint(0, 256, (256, 256)).astype(np.uint8)
    pictures = []
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        saving.save(deformations(image, seed), tmp_path / name)
        pictures.append(np.asarray(Image.open(tmp_path / f"{name}.png").convert("L")))
    assert pictures[0].shape == (765, 1350)
    assert np.ptp(pictures[0]) == 255
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert np.any(pictures[0] != pictures[2])


def test_small_images_are_refused():
    with pytest.raises(UserError, match="smaller than the crop"):
        deformations(np.zeros((100, 100), np.uint8))
