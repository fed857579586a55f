"""Geometry: exact where nothing is interpolated, else as scikit-image and Pillow do it."""

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from skimage import transform

from imgforensics.manipulations import crop, geometry
from imgforensics.manipulations.geometry import Geometry, Perspective, Reflection, Similarity

SIZE = 128
INNER = slice(64, 192)
OFFSETS = ((5, -4), (7, -3), (-7, -8), (13, -13))


def central(image):
    return np.asarray(image)[INNER, INNER]


def warp(image, size=SIZE, **steps):
    return np.asarray(geometry.warp(jnp.asarray(image), Geometry(**steps), size))


def shifted(image, x, y):
    """Moves an image by whole pixels, one pixel after another."""
    out = np.zeros_like(image)
    for row in range(256):
        for column in range(256):
            if 0 <= row - y < 256 and 0 <= column - x < 256:
                out[row, column] = image[row - y, column - x]
    return out


def test_identity_is_the_crop(images):
    image = images[0].astype(np.float32) / 255
    np.testing.assert_array_equal(warp(image), central(image))
    np.testing.assert_array_equal(crop.central_crop(image, SIZE), central(image))
    # Compilers may multiply by 1 / 255 instead of dividing.
    np.testing.assert_allclose(warp(images[0]), central(image), atol=1e-7)
    np.testing.assert_allclose(crop.central_crop(images[0], SIZE), central(image), atol=1e-7)


@pytest.mark.parametrize("left_right", [False, True])
@pytest.mark.parametrize("up_down", [False, True])
def test_reflection_is_exact(images, left_right, up_down):
    flipped = images[0][:: -1 if up_down else 1, :: -1 if left_right else 1]
    reflection = Reflection(left_right, up_down)
    np.testing.assert_array_equal(geometry.reflect(jnp.asarray(images[0]), reflection), flipped)
    np.testing.assert_array_equal(
        warp(images[0], reflection=reflection), warp(np.ascontiguousarray(flipped))
    )


@pytest.mark.parametrize("x, y", [(0, 0), (7, 0), (0, -20), (-20, 19), (100, -90)])
def test_translation_is_exact(images, x, y):
    image = images[1].astype(np.float32) / 255
    np.testing.assert_array_equal(
        warp(image, similarity=Similarity(translation=(x, y))), central(shifted(image, x, y))
    )


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_quarter_turns_are_counter_clockwise(images, quarters):
    image = images[2].astype(np.float32) / 255
    np.testing.assert_allclose(
        warp(image, similarity=Similarity(angle=90 * quarters)),
        central(np.rot90(image, quarters)),
        atol=1e-4,
    )


def test_bytes_and_floats_are_the_same(images):
    similarity = Similarity(13, 90, (3, -5))
    np.testing.assert_allclose(
        warp(images[0], similarity=similarity),
        warp(images[0].astype(np.float32) / 255, similarity=similarity),
        atol=2e-7,
    )


def test_reflection_comes_before_similarity(images):
    image = images[3].astype(np.float32) / 255
    turned = np.rot90(image[:, ::-1])
    np.testing.assert_allclose(
        warp(
            image, reflection=Reflection(left_right=True), similarity=Similarity(90, 100, (9, -4))
        ),
        central(shifted(turned, 9, -4)),
        atol=1e-4,
    )


def authors_similarity(image, angle, percent, x, y):
    """Rotation, scale and translation one after the other, each on a 256 canvas."""
    image = transform.rotate(np.array(image), angle)
    scaled = transform.rescale(image, percent / 100, mode="constant", anti_aliasing=False)
    n = len(scaled)
    if n > 256:
        start = n // 2 - 128
        scaled = scaled[start : start + 256, start : start + 256]
    else:
        start = 128 - n // 2
        scaled = np.pad(scaled, ((start, 256 - n - start),) * 2)
    return shifted(scaled, x, y)


@pytest.mark.parametrize(
    "angle, percent, x, y",
    [
        (-45, 50, -20, 19),
        (44, 149, 19, -20),
        (10, 75, 5, 5),
        (-33, 101, 0, 7),
        (0, 53, 20, 20),
    ],
)
def test_similarity_is_that_of_scikit_image(smooth, angle, percent, x, y):
    similarity = Similarity(angle, percent, (x, y))
    expected = central(authors_similarity(np.asarray(smooth), angle, percent, x, y))
    assert np.abs(warp(smooth, similarity=similarity) - expected).mean() < 3e-3
    # The same pixels are cut off, up to their rims that are blurred twice there and once here.
    white = np.ones((256, 256), np.float32)
    ours = warp(white, similarity=similarity)
    expected = central(authors_similarity(white, angle, percent, x, y))
    assert np.mean((ours > 0.5) != (expected > 0.5)) < 2e-3


def pillow_perspective(image, offsets, resample):
    corners = np.array([(0, 0), (256, 0), (256, 256), (0, 256)])
    equations, values = [], []
    for (x, y), source in zip(corners, corners + offsets):
        for axis in range(2):
            row = np.zeros(8)
            row[3 * axis : 3 * axis + 3] = x, y, 1
            row[6:] = -source[axis] * x, -source[axis] * y
            equations.append(row)
            values.append(source[axis])
    coefficients = np.linalg.solve(equations, values)
    return np.asarray(
        Image.fromarray(np.asarray(image)).transform(
            (256, 256), Image.Transform.PERSPECTIVE, tuple(coefficients), resample
        )
    )


@pytest.mark.parametrize(
    "offsets",
    [
        OFFSETS,
        ((-20, -20), (19, -20), (19, 19), (-20, 19)),
        ((19, 19), (-20, 19), (-20, -20), (19, -20)),
    ],
)
def test_perspective_is_that_of_pillow(smooth, offsets):
    expected = central(pillow_perspective(smooth, np.array(offsets), Image.Resampling.BILINEAR))
    ours = np.asarray(geometry.perspective(smooth, offsets, SIZE))
    np.testing.assert_allclose(ours, expected, atol=2e-4)


@pytest.mark.parametrize("offsets", [OFFSETS, ((19, 19), (-20, 19), (-20, -20), (19, -20))])
@pytest.mark.parametrize("image", ["smooth", "white"])
def test_composed_map_is_step_by_step(smooth, offsets, image):
    """Also where the canvas after the perspective cuts off what the similarity would reach."""
    start = smooth if image == "smooth" else jnp.ones((256, 256))
    steps = {
        "reflection": Reflection(up_down=True),
        "perspective": Perspective(offsets),
        "similarity": Similarity(31, 60, (-12, 8)),
    }
    one_by_one = start
    for name, step in steps.items():
        one_by_one = geometry.warp(one_by_one, Geometry(**{name: step}), 256)
    ours, expected = warp(start, **steps), central(one_by_one)
    assert np.mean(np.abs(ours - expected) > 0.02) < 0.02  # the rims, blurred once and not twice
    assert np.abs(ours - expected).mean() < 4e-3


def test_output_of_another_size(images):
    similarity = Similarity(13, 90, (3, -5))
    large = warp(images[0], 160, similarity=similarity)
    np.testing.assert_allclose(
        large[16:-16, 16:-16], warp(images[0], similarity=similarity), atol=1e-5
    )


def test_images_need_not_be_square(images):
    image = images[0][:200]
    half_turn = geometry.warp(jnp.asarray(image), Geometry(similarity=Similarity(angle=180)), SIZE)
    np.testing.assert_allclose(half_turn, crop.central_crop(image[::-1, ::-1], SIZE), atol=1e-4)
