"""JPEG against libjpeg itself, through Pillow."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from imgforensics.manipulations import jpeg
from imgforensics.manipulations.crop import subtract_minimum, to_float

compress = jax.jit(jpeg.jpeg)


def through_a_file(levels, quality):
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("quality", [1, 10, 11, 25, 37, 49, 50, 51, 75, 92, 100])
@pytest.mark.parametrize("kind", ["micrograph", "noise", "edges"])
def test_pixels_are_those_of_libjpeg(images, kind, quality):
    levels = {
        "micrograph": images[3, :128, :128],
        "noise": np.random.RandomState(0).randint(0, 256, (128, 128)).astype(np.uint8),
        "edges": np.kron(np.indices((16, 16)).sum(0) % 2 * 255, np.ones((8, 8)))
        .astype(np.uint8)[:, 3:-5]
        .copy(),
    }[kind]
    ours = np.asarray(compress(levels.astype(np.float32) / 255, quality)) * 255
    np.testing.assert_array_equal(np.round(ours), through_a_file(levels, quality))


def test_sides_that_are_no_multiple_of_eight(images):
    levels = images[1, :101, :75].copy()
    ours = np.asarray(compress(levels.astype(np.float32) / 255, 40)) * 255
    np.testing.assert_array_equal(np.round(ours), through_a_file(levels, 40))


@pytest.mark.parametrize("minimum", [0, 37, 101])
def test_whole_levels_stay_whole(minimum):
    """Also those that division, subtraction and multiplication left just below themselves."""
    levels = np.kron(np.arange(256).reshape(16, 16), np.ones((8, 8))).astype(np.uint8)
    levels = np.maximum(levels, minimum)
    flat_blocks = jax.jit(lambda image: jpeg.jpeg(subtract_minimum(to_float(image)), 100))(levels)
    np.testing.assert_array_equal(np.round(flat_blocks * 255), levels - minimum)


def test_levels_are_cut_down_to_bytes():
    between = jnp.full((8, 8), 100.9 / 255)
    np.testing.assert_allclose(compress(between, 100) * 255, 100, atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_images_stay_flat(level):
    flat = compress(jnp.full((16, 16), level), 10)
    assert jnp.isfinite(flat).all() and flat.min() == flat.max() and 0 <= flat.min() <= 1
