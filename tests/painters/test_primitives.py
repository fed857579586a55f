"""The drawing primitives against slow and plain counterparts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from imgforensics.painters import primitives


@pytest.fixture(scope="module")
def numbers():
    return primitives.randomness(jax.random.key(3), 3, 3)


def test_random_numbers_have_the_stated_moments(numbers):
    u, w = numbers
    assert u.shape == (3, 4096) and w.shape == (3, 2, 256, 129)
    assert u.min() >= 0 and u.max() < 1
    np.testing.assert_allclose(u.mean(), 0.5, atol=0.01)
    np.testing.assert_allclose([w.mean(), w.std()], [0, 1], atol=0.01)


def test_vary_keeps_to_its_ranges_and_gives_every_name_its_own_numbers(numbers):
    v = primitives.vary(numbers[0][0], 1000, low=(-3, -2), high=(5, 9))
    assert v.low.shape == v.high.shape == (1000,)
    assert -3 <= v.low.min() < -2.9 and -2.1 < v.low.max() < -2
    assert 5 <= v.high.min() < 5.1 and 8.9 < v.high.max() < 9
    assert abs(np.corrcoef(v.low, v.high)[0, 1]) < 0.1


def test_too_many_numbers_of_a_row_are_refused(numbers):
    with pytest.raises(ValueError, match="needs 5000 random numbers, the row has 4096"):
        primitives.uniform(numbers[0][0], (5000,))


def test_noise_is_standardised_and_as_long_as_it_says(numbers):
    for scale in (0.0, 2.0, 12.0):
        field = np.asarray(primitives.noise(numbers[1][0], scale, 4.0))
        np.testing.assert_allclose([field.mean(), field.std()], [0, 1], atol=1e-3)
        neighbour = np.mean(field[:, 1:] * field[:, :-1])
        assert neighbour < 0.05 if scale == 0 else neighbour > 0.7
    field = np.asarray(primitives.noise(numbers[1][0], 2.0, 4.0, 8.0, np.pi / 2))
    assert np.mean(field[10:] * field[:-10]) > 0.5 > np.mean(field[:, 10:] * field[:, :-10]) + 0.2


def test_ripples_have_their_wavelength(numbers):
    field = np.asarray(primitives.ripples(numbers[1][1], 16.0, 0.05))
    power = np.abs(np.fft.rfft2(field)) ** 2
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None])
    np.testing.assert_allclose((power * frequency).sum() / power.sum(), 1 / 16, rtol=0.02)


def test_wave_is_a_cosine():
    turns = np.linspace(-3, 3, 1001)
    np.testing.assert_allclose(primitives.wave(turns), np.cos(2 * np.pi * turns), atol=2e-3)


def test_blur_is_gaussian_and_keeps_a_constant(numbers):
    image = np.asarray(primitives.noise(numbers[1][0], 3.0))
    ours = primitives.blur(image, 2.5)
    reference = ndimage.gaussian_filter(image, 2.5, truncate=6)
    np.testing.assert_allclose(ours[20:-20, 20:-20], reference[20:-20, 20:-20], atol=1e-4)
    np.testing.assert_allclose(primitives.blur(jnp.ones((256, 256)), 9.0), 1, atol=1e-5)


def test_warp_reads_at_the_shifted_place(numbers):
    image = np.asarray(primitives.noise(numbers[1][0], 3.0))
    moved = primitives.warp(image, jnp.full((256, 256), 5.0), jnp.full((256, 256), -3.0))
    np.testing.assert_allclose(moved[:-5, 3:], image[5:, :-3], atol=1e-6)


def test_spread_points_keep_their_distance_and_begin_in_the_middle(numbers):
    points = np.asarray(primitives.spread(numbers[0][0], 200, 30.0))
    points = points[np.abs(points).max(1) < 1e3]
    assert len(points) == np.ceil((288 / 30) ** 2)
    gaps = np.linalg.norm(points[:, None] - points, axis=-1)[~np.eye(len(points), dtype=bool)]
    assert np.quantile(gaps.reshape(len(points), -1).min(1), 0.1) > 18
    assert np.all(np.abs(points[0] - 128) < 64)


def test_stamping_in_windows_equals_drawing_on_the_whole_image():
    points = jnp.array([[-8.0, 20.3], [100.5, 250.0], [130.2, 131.7], [128.0, 140.0], [400.0, 9.0]])
    radii = jnp.array([12.0, 10.0, 14.0, 9.0, 14.0])
    there = jnp.array([True, True, True, False, True])

    def draw(window, y, x, thing):
        return jnp.where(y**2 + x**2 < thing.radius**2, 0.5 * window + thing.radius, window)

    ours = primitives.stamp(jnp.ones((256, 256)), points, {"radius": radii}, draw, 16, there)
    rows, columns = np.mgrid[:256, :256]
    expected = np.ones((256, 256))
    for (y, x), radius, shown in zip(points, radii, there):
        inside = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
        expected = np.where(inside & shown, 0.5 * expected + radius, expected)
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_chosen_always_has_the_first():
    assert list(primitives.chosen(jnp.array([0.9, 0.9, 0.1]), 0.5)) == [True, False, True]


def test_blob_is_an_ellipse():
    rows, columns = np.mgrid[-50:50, -50:50].astype(np.float32)
    inside = np.asarray(primitives.blob(rows, columns, 12.0, 4.0, 0.0)) > 0
    assert abs(np.ptp(np.flatnonzero(inside.any(0))) - 48) <= 2  # length: 2 radius sqrt(aspect)
    assert abs(np.ptp(np.flatnonzero(inside.any(1))) - 12) <= 2
    turned = np.asarray(primitives.blob(rows, columns, 12.0, 4.0, np.pi / 2)) > 0
    assert np.mean(turned != inside.T) < 0.01


def test_deposit_shares_weights_between_pixels_and_drops_what_is_outside():
    points = jnp.array([[3.25, 7.5], [-0.5, 10.0], [255.5, 20.0], [-40.0, 5.0], [300.0, 300.0]])
    image = np.asarray(primitives.deposit(points, jnp.array([8.0, 2.0, 2.0, 1.0, 1.0])))
    np.testing.assert_allclose(image[3:5, 7:9], [[3, 3], [1, 1]], atol=1e-5)
    np.testing.assert_allclose([image[0, 10], image[255, 20], image.sum()], [1, 1, 10], atol=1e-5)


def test_wander_takes_steps_of_its_stride(numbers):
    starts, headings = jnp.array([[10.0, 20.0], [5.0, 5.0]]), jnp.array([0.0, 1.0])
    paths = np.asarray(primitives.wander(numbers[1][2], starts, headings, 50, 2.0, 0.02))
    assert paths.shape == (2, 50, 2)
    np.testing.assert_allclose(np.linalg.norm(np.diff(paths, axis=1), axis=-1), 2, atol=1e-3)
    straight = np.asarray(primitives.wander(numbers[1][2], starts, headings, 50, 2.0, 0.0))
    np.testing.assert_allclose(straight[0, -1], [10, 120], atol=1e-3)


def test_branches_begin_on_their_path(numbers):
    path = jnp.stack([jnp.zeros(40), jnp.arange(40.0)], -1)[None]
    starts, headings = primitives.branch(numbers[0][1], path, 4, 0.5)
    assert starts.shape == (1, 4, 2) and headings.shape == (1, 4)
    np.testing.assert_allclose(starts[..., 0], 0)
    assert jnp.all((starts[..., 1] >= 0) & (starts[..., 1] < 39))
    assert np.all(np.sign(headings[0]) == [-1, 1, -1, 1])


def test_voronoi_equals_the_distances_to_all_points(numbers):
    points = primitives.spread(numbers[0][2], 40, 50.0)
    inflate = 8 * numbers[0][1][:40]
    nearest, border, cell = primitives.voronoi(points, 128, inflate)
    rows, columns = np.mgrid[:256, :256]
    y, x = np.asarray(points).T[..., None, None]
    far = np.hypot(rows - y, columns - x) - np.asarray(inflate)[:, None, None]
    np.testing.assert_array_equal(cell, far.argmin(0))
    first, second = np.sort(far, 0)[:2]
    np.testing.assert_allclose(nearest, first, atol=1e-3)
    np.testing.assert_allclose(border, (second - first) / 2, atol=1e-3)


def test_relief_is_brightest_where_a_slope_faces_the_light():
    height = jnp.maximum(60 - jnp.hypot(primitives.ROWS - 128, primitives.COLUMNS - 128), 0)
    shade = primitives.relief(height, 0.0, 1.0)  # light from the right
    assert shade[128, 160] > shade[160, 128] > shade[128, 96]
    np.testing.assert_allclose(shade[4, 4], np.sqrt(0.5), atol=1e-5)


def test_expose_keeps_to_the_range_of_an_image(numbers):
    u, w = numbers
    image = primitives.expose(u[0], w[0], 3 * primitives.noise(w[1], 5.0))
    assert image.dtype == jnp.float32 and image.min() >= 0 and image.max() <= 1
