"""Views are windows of their image, and their draws are in range."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics.manipulations import view
from imgforensics.utils.errors import UserError

ROWS, COLUMNS = np.mgrid[:64, :64].astype(np.float32) / 64


@pytest.fixture
def config():
    config = common.get_config().view
    config.probability = 1.0
    return config


def test_the_whole_is_a_window():
    image = np.random.default_rng(0).uniform(size=(64, 64)).astype(np.float32)
    np.testing.assert_allclose(view.window(image, 1.0, jnp.zeros(2)), image, atol=1e-6)


def test_a_window_shows_its_part_enlarged():
    """Of a ramp it is a flatter ramp that begins at its corner; pixels' centres are half in."""
    corner = jnp.array([0.25, 0.125])
    for ramp, axis in ((ROWS, 0), (COLUMNS, 1)):
        seen = view.window(ramp, 0.5, corner)
        centre = (np.arange(64) + 0.5) * 0.5 / 64 + corner[axis] - 0.5 / 64
        np.testing.assert_allclose(seen.mean(1 - axis), centre, atol=1e-5)
        assert np.ptp(seen, axis=1 - axis).max() < 1e-5


def test_draws_are_in_range(config):
    """A ramp tells the window's corner and share, and a gray image the exponent."""
    config.share, config.gamma = (0.5, 0.75), (100, 101)
    seen = np.stack([view.view(jax.random.key(i), ROWS, config) for i in range(60)])
    low, high = seen[:, 0].mean(1), seen[:, -1].mean(1)
    shares = (high - low) * 64 / 63
    assert shares.min() > 0.5 - 1e-4 and shares.max() < 0.75 and np.ptp(shares) > 0.2
    assert low.min() > -0.01 and high.max() < 1 and np.ptp(low) > 0.3
    config.share, config.gamma = (0.99, 1.0), (50, 200)
    gray = np.full((64, 64), 0.25, np.float32)
    seen = np.stack([view.view(jax.random.key(i), gray, config) for i in range(60)])
    exponents = np.log(seen[:, 32, 32]) / np.log(0.25)
    assert exponents.min() >= 0.5 - 1e-4 and exponents.max() < 2 and np.ptp(exponents) > 1


def test_as_many_are_views_as_the_probability_says(config):
    config.probability = 0.25
    image = np.random.default_rng(0).uniform(size=(64, 64)).astype(np.float32)
    draw = jax.jit(jax.vmap(lambda key: view.view(key, image, config)))
    seen = np.asarray(draw(jax.random.split(jax.random.key(0), 400)))
    left = (seen == image).all((1, 2)).mean()
    assert abs(left - 0.75) < 0.07


def test_every_image_of_a_batch_has_its_own(config):
    images = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    keys = jax.random.split(jax.random.key(0), 3)
    pairs = (jnp.stack([images] * 3),) * 2
    made = np.concatenate(view.views(keys, pairs, config))
    assert made.shape == (6, 64, 64) and made.dtype == np.float32
    assert made.min() >= 0 and made.max() <= 1
    assert len({each.tobytes() for each in made}) == 6
    alone = view.views(keys[1:2], tuple(each[1:2] for each in pairs), config)
    np.testing.assert_allclose(np.concatenate(alone), made[1::3], atol=1e-5)
    config.probability = 0.0
    assert view.views(keys, pairs, config) is pairs


@pytest.mark.parametrize(
    "field,value,message",
    [
        ("probability", 1.5, "view.probability is 1.5; give one between 0 and 1"),
        ("share", (0.0, 1.0), r"view.share is \(0.0, 1.0\); give \(low, high\)"),
        ("share", (0.5, 1.1), "view.share is .* high up to 1"),
        ("gamma", (200, 50), "view.gamma is"),
    ],
)
def test_wrong_values_are_refused(config, field, value, message):
    config[field] = value
    with pytest.raises(UserError, match=message):
        view.check(config)
