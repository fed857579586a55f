import jax
import numpy as np
import pytest

from imgforensics.manipulations.crop import central_crop, subtract_minimum
from imgforensics.utils.errors import UserError


def test_crop_is_central(images):
    np.testing.assert_allclose(
        central_crop(images[0], 128), images[0, 64:192, 64:192] / 255, atol=1e-7
    )
    np.testing.assert_allclose(
        central_crop(images[0, :201], 100), images[0, 50:150, 78:178] / 255, atol=1e-7
    )


def test_crop_larger_than_the_image_is_refused(images):
    with pytest.raises(UserError, match=r"\(256, 256\) pixels is smaller than the crop of 300"):
        central_crop(images[0], 300)


def test_darkest_pixel_becomes_black(crop):
    darker = jax.jit(subtract_minimum)(crop)
    assert darker.min() == 0
    np.testing.assert_allclose(darker + crop.min(), crop, atol=1e-7)
