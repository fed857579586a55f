import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from imgforensics.data.blank import is_blank


def noise(level, spread, side, seed=0):
    levels = np.random.default_rng(seed).normal(level, spread, (side, side))
    return levels.round().clip(0, 255).astype(np.uint8)


def structure(side, contrast, seed=0):
    """Blobs, with a standard deviation of `contrast` grey levels."""
    soft = Image.fromarray(noise(128, 40, side, seed)).filter(ImageFilter.GaussianBlur(side / 24))
    levels = np.asarray(soft, float)
    levels = 100 + contrast * (levels - levels.mean()) / levels.std()
    return levels.round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("side", [32, 100, 256, 1000])
@pytest.mark.parametrize("spread", [0, 0.5, 1.5, 3, 8, 40])
@pytest.mark.parametrize("level", [0, 100, 252])
def test_noise_of_one_level_is_blank(level, spread, side):
    assert is_blank(noise(level, spread, side))


@pytest.mark.parametrize("quality", [95, 75])
def test_noise_that_jpeg_has_made_coarser_is_blank(quality):
    file = io.BytesIO()
    Image.fromarray(noise(200, 5, 256)).save(file, "JPEG", quality=quality)
    assert is_blank(np.asarray(Image.open(file)))


@pytest.mark.parametrize("side", [64, 256])
@pytest.mark.parametrize("contrast", [1.3, 2, 6, 20])
def test_faint_structure_is_not(side, contrast):
    assert not is_blank(structure(side, contrast))
    grainy = structure(side, contrast) + noise(20, contrast, side, seed=1).astype(int) - 20
    assert not is_blank(grainy.clip(0, 255).astype(np.uint8))


def test_one_small_thing_in_noise_is_not():
    picture = Image.fromarray(noise(12, 3, 256))
    ImageDraw.Draw(picture).ellipse((60, 90, 66, 96), fill=60)
    assert not is_blank(np.asarray(picture))


def test_a_test_pattern_of_noise_is_not():
    levels = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    assert not is_blank(levels)
    assert is_blank(np.zeros((1, 1), np.uint8)) and not is_blank(levels[:16, :16])
