"""Blur, noise, contrast and inversion beyond the paper, and what is added to them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
from ml_collections import ConfigDict

from imgforensics.manipulations import degrade, draws, photometric, ranges, recipe
from imgforensics.manipulations.blur import gaussian_blur

IMAGE = jax.random.uniform(jax.random.key(0), (40, 48))
SOURCES = jax.random.randint(jax.random.key(1), (2, 64, 64), 0, 256).astype(jnp.uint8)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5])
def test_blur_is_scipys_inside(sigma):
    blurred = gaussian_blur(IMAGE, sigma)
    expected = scipy.ndimage.gaussian_filter(np.asarray(IMAGE), sigma, truncate=6)
    inside = slice(16, -16)
    np.testing.assert_allclose(blurred[inside, inside], expected[inside, inside], atol=1e-5)


def test_blur_keeps_a_constant_at_the_edges_and_tiny_ones_change_nothing():
    np.testing.assert_allclose(gaussian_blur(jnp.full((9, 9), 0.3), 2.0), 0.3, atol=1e-6)
    np.testing.assert_allclose(gaussian_blur(IMAGE, 0.05), IMAGE, atol=1e-6)


def test_noise_has_the_deviation_that_is_asked_for():
    gray = jnp.full((200, 200), 0.5)
    noisy = degrade.gaussian_noise(jax.random.key(2), gray, 0.05)
    assert abs(float(noisy.mean()) - 0.5) < 1e-3
    assert abs(float(noisy.std()) - 0.05) < 1e-3
    loud = degrade.gaussian_noise(jax.random.key(2), gray, 5.0)
    assert float(loud.min()) == 0 and float(loud.max()) == 1


def test_linear_by_hand():
    image = jnp.array([[0.2, 0.4], [0.4, 0.6]])
    np.testing.assert_allclose(
        photometric.linear(image, 1.5, 0.1), [[0.2, 0.5], [0.5, 0.8]], atol=1e-6
    )
    assert float(photometric.linear(image, 9.0, 0.0).max()) == 1
    np.testing.assert_allclose(photometric.invert(image), [[0.8, 0.6], [0.6, 0.4]], atol=1e-6)


def small(config):
    config.output_size = 32
    return config


def make(config):
    return recipe.triplet(jax.random.key(7), *SOURCES, config)


def test_the_papers_triplets_stay_as_they_are():
    """Whatever is done at the end has draws of its own."""
    config = small(ranges.v01())
    assert degrade.steps(config) == []
    plain = make(config)
    config.inversion.probability = 1.0
    anchor, same, different = make(config)
    np.testing.assert_array_equal(anchor, plain[0])
    np.testing.assert_allclose(same, 1 - plain[1], atol=1e-6)
    np.testing.assert_allclose(different, 1 - plain[2], atol=1e-6)


def test_wide_ranges_do_every_step_at_its_rate():
    config = ranges.wide()
    assert degrade.steps(config) == ["blur", "noise", "linear", "inversion", "recompression"]
    keys = jax.random.split(jax.random.key(3), 4000)
    drawn = jax.vmap(lambda key: degrade.draw_degradation(key, config))(keys)
    for step, (done, _) in drawn.items():
        assert abs(float(done.mean()) - config[step].probability) < 0.03, step
    for name, field, (low, high) in (
        ("sigma", drawn["blur"].parameters[0], config.blur.sigma),
        ("stddev", drawn["noise"].parameters[1], config.noise.stddev),
        ("contrast", drawn["linear"].parameters[0], config.linear.contrast),
        ("brightness", drawn["linear"].parameters[1], config.linear.brightness),
        ("quality", drawn["recompression"].parameters[0], config.recompression.quality),
    ):
        assert low <= float(field.min()) and float(field.max()) < high, name
        assert float(field.max() - field.min()) > 0.95 * (high - low - 1), name


def test_images_of_a_triplet_are_degraded_apart():
    config = small(ranges.v01())
    config.noise.probability = 1.0
    config.noise.stddev = (0.02, 0.03)
    plain, noisy = make(small(ranges.v01())), make(config)
    same, different = (np.asarray(noisy[i] - plain[i]) for i in (1, 2))
    inside = (np.asarray(plain[1]) > 0.2) & (np.asarray(plain[1]) < 0.8)
    inside &= (np.asarray(plain[2]) > 0.2) & (np.asarray(plain[2]) < 0.8)
    assert abs(np.corrcoef(same[inside], different[inside])[0, 1]) < 0.25


def test_draws_are_those_that_records_rest_on():
    """Of a key, as they were before steps had draws of their own."""
    drawn = degrade.draw_degradation(jax.random.key(7), ranges.wide())
    assert [step for step, (done, _) in drawn.items() if done] == ["recompression"]
    noise_key, stddev = drawn["noise"].parameters
    found = [*drawn["blur"].parameters, stddev, *drawn["linear"].parameters]
    np.testing.assert_allclose(found, [1.1895051, 0.0639505, 1.2866712, 0.1932124], rtol=1e-6)
    assert drawn["recompression"].parameters == (24,)
    assert jax.random.key_data(noise_key).tolist() == [3625411723, 1954958720]


SHADE = degrade.Step(
    1,
    lambda key, u, section: (draws.real(u[0], section.factor),),
    lambda image, factor: image * factor,
)


@pytest.fixture(params=["first", "last"])
def shaded(request, monkeypatch):
    """A manipulation that is added, at either end; a config that does it, and one of before."""
    before = small(ranges.wide())
    for step in degrade.steps(before):
        before[step].probability = 0.0 if step == "recompression" else 0.5
    added = {"first": {"shade": SHADE} | degrade.STEPS, "last": degrade.STEPS | {"shade": SHADE}}
    monkeypatch.setattr(degrade, "STEPS", added[request.param])
    config = before.copy_and_resolve_references()
    config.shade = ConfigDict({"probability": 1.0, "factor": (0.25, 0.75)})
    return config, before


def test_a_config_of_before_an_added_manipulation_gives_what_it_gave(shaded, monkeypatch):
    config, before = shaded
    ranges.check(config)
    ranges.check(before)
    config.shade.probability = 0.0
    with monkeypatch.context() as without:
        without.delitem(degrade.STEPS, "shade")
        expected = make(before)
    np.testing.assert_array_equal(make(before), expected)
    np.testing.assert_array_equal(make(config), expected)


def test_an_added_manipulation_has_draws_of_its_own(shaded):
    _config, _before = shaded
    keys = jax.random.split(jax.random.key(5), 100)
    drawn, plain = (
        jax.vmap(lambda key: degrade.draw_degradation(key, ranges))(keys) for ranges in shaded
    )
    done, (factor,) = drawn.pop("shade")
    assert done.all() and 0.25 <= factor.min() < 0.3 and 0.7 < factor.max() < 0.75
    for found, expected in zip(jax.tree.leaves(drawn), jax.tree.leaves(plain), strict=True):
        assert (found == expected).all()
    # Nor are its draws those of another step.
    done, stddev = plain["noise"].done, plain["noise"].parameters[1]
    assert (
        abs(np.corrcoef(factor, stddev)[0, 1]) < 0.4 and abs(np.corrcoef(factor, done)[0, 1]) < 0.4
    )


def test_an_added_manipulation_is_done(shaded):
    config, _ = shaded
    for step in ("blur", "noise", "linear", "inversion"):
        config[step].probability = 0.0
    plain = config.copy_and_resolve_references()
    plain.shade.probability = 0.0
    for image, lit in list(zip(make(config), make(plain)))[1:]:
        factors = np.asarray(image)[lit > 0.1] / np.asarray(lit)[lit > 0.1]
        assert 0.25 <= factors[0] <= 0.75
        np.testing.assert_allclose(factors, factors[0], rtol=1e-5)
