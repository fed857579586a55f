"""Local edits against oracles that go pixel by pixel."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.manipulations import local_edit

DISCS = [((37, 75), 22), ((12, 114), 6), ((114, 12), 24)]


def pixel_by_pixel(image, centre, radius, ramp, edited):
    """Mixes edited(row, column) with the image: all of it in the disc, less and less around it."""
    out = np.array(image, np.float64)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            distance = math.hypot(row - centre[0], column - centre[1])
            if distance < radius:
                out[row, column] = edited(row, column)
            elif distance < radius + ramp:
                part = (distance - radius) / ramp
                out[row, column] = (1 - part) * edited(row, column) + part * out[row, column]
    return out


@pytest.mark.parametrize("centre, radius", DISCS)
def test_erase(crop, centre, radius):
    expected = pixel_by_pixel(crop, centre, radius, 10, lambda row, column: 0)
    np.testing.assert_allclose(
        jax.jit(local_edit.erase)(crop, centre, radius, 10), expected, atol=1e-6
    )


@pytest.mark.parametrize("centre, radius", DISCS)
def test_local_contrast(crop, centre, radius):
    image = np.asarray(crop, np.float64)
    expected = pixel_by_pixel(
        crop, centre, radius, radius, lambda row, column: 1.7 * image[row, column]
    )
    ours = jax.jit(local_edit.local_contrast)(crop, centre, radius, 1.7, 1.0)
    np.testing.assert_allclose(ours, expected / expected.max(), atol=1e-6)
    assert ours.max() == 1


@pytest.mark.parametrize("source", [(50, 60), (88, 38), (38, 88)])
def test_replace(crop, source):
    image, centre = np.asarray(crop), (61, 47)
    expected = pixel_by_pixel(
        crop,
        centre,
        18,
        9,
        lambda row, column: image[row - centre[0] + source[0], column - centre[1] + source[1]],
    )
    np.testing.assert_allclose(
        jax.jit(local_edit.replace)(crop, centre, 18, source, 0.5), expected, atol=1e-6
    )


def test_a_replacing_disc_beyond_the_border_repeats_the_border(crop):
    copied = local_edit.replace(crop, (64, 64), 10, (0, 64), 0.5)
    np.testing.assert_array_equal(copied[56:64, 64], np.full(8, crop[0, 64]))


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_flat_images_stay_finite(level):
    flat = jnp.full((128, 128), level)
    contrast = local_edit.local_contrast(flat, (64, 64), 0, 1.5, 1.0)
    assert jnp.isfinite(contrast).all()
    assert contrast.max() == (level > 0)
    assert jnp.isfinite(local_edit.erase(flat, (64, 64), 0, 10)).all()
    np.testing.assert_allclose(local_edit.replace(flat, (64, 64), 0, (3, 3), 0.5), flat, atol=1e-7)
