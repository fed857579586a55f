"""Windows of a source: where they lie, and that they replace the geometry and nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.manipulations import geometry, overlap, ranges, recipe

SIDE, SIZE = 64, 32
SOURCE = jax.random.uniform(jax.random.key(0), (SIDE, SIDE))


def seen(image=SOURCE, mirrored=False, angle=0.0, percent=100.0, shift=(0, 0)):
    window = overlap.Window(
        jnp.asarray(mirrored), jnp.float32(angle), jnp.float32(percent), jnp.asarray(shift, "f4")
    )
    return geometry.warp(image, overlap.place(window, image.shape, SIZE), SIZE)


def cut(right, down):
    first = SIDE // 2 - SIZE // 2
    return SOURCE[first + down :, first + right :][:SIZE, :SIZE]


def test_a_window_shows_what_lies_there():
    np.testing.assert_allclose(seen(), cut(0, 0), atol=1e-6)
    np.testing.assert_allclose(seen(shift=(5, -3)), cut(5, -3), atol=1e-6)
    np.testing.assert_allclose(seen(mirrored=True), cut(0, 0)[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_window_shows_the_same_place(turns):
    turned = seen(angle=90.0 * turns, shift=(5, -3))
    np.testing.assert_allclose(turned, np.rot90(cut(5, -3), turns), atol=1e-4)


def test_an_enlarged_window_keeps_its_centre():
    rows, columns = jnp.mgrid[:SIDE, :SIDE] / SIDE
    for image, expected in ((rows, 31.5 - 4), (columns, 31.5 + 5)):
        mean = float(seen(image, angle=30.0, percent=200.0, shift=(5, -4)).mean()) * SIDE
        assert mean == pytest.approx(expected, abs=0.3)


def test_no_window_reaches_beyond_its_source():
    config = ranges.reuse()
    config.output_size = SIZE
    config.overlap.update(percent=(20.0, 300.0), shift=(-1.0, 1.0), turned=1.0)
    u = jax.random.uniform(jax.random.key(1), (500, 6))

    def share(u):
        window = overlap.place(overlap.draw_window(u, config), (SIDE, SIDE), SIZE)
        return geometry.warp(jnp.ones((SIDE, SIDE)), window, SIZE).min()

    assert jax.jit(jax.vmap(share))(u).min() > 1 - 1e-5


def test_windows_replace_the_geometry_at_their_rate_and_no_other_draw():
    config, plain = ranges.reuse(), ranges.reuse()
    plain.overlap.probability = 0.0
    draw = jax.jit(jax.vmap(lambda key: recipe.draw_deformation(key, config)))
    keys = jax.random.split(jax.random.key(2), 4000)
    drawn = draw(keys)
    done, window = drawn.window
    expected = jax.vmap(lambda key: recipe.draw_deformation(key, plain))(keys)
    assert expected.window is None
    for one, other in zip(
        jax.tree.leaves(drawn._replace(window=None)), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    deformed = 1 - config.identity_probability
    assert float(done.mean()) == pytest.approx(deformed * config.overlap.probability, abs=0.04)
    assert float((window.angle != 0).mean()) == pytest.approx(config.overlap.turned, abs=0.04)
    limits = config.overlap.shift[1] * config.output_size
    assert 0.95 * limits < abs(window.shift).max() <= limits
    low, high = config.overlap.percent
    assert low <= window.percent.min() < low + 2 and high - 2 < window.percent.max() < high


def test_a_window_is_all_of_the_geometry():
    config = ranges.v01()
    config.output_size, config.subtract_minimum = SIZE, False
    for step in recipe.STEPS:
        config[step].probability = 1.0 if step in ("reflection", "perspective") else 0.0
    config.identity_probability, config.overlap.probability = 0.0, 1.0
    key = jax.random.key(3)
    _, window = recipe.draw_deformation(key, config).window
    expected = geometry.warp(SOURCE, overlap.place(window, SOURCE.shape, SIZE), SIZE)
    np.testing.assert_allclose(recipe.deform(key, SOURCE, config), expected, atol=1e-5)
