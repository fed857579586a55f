"""Single manipulations: nothing at the neutral strength, more and more beyond it."""

import numpy as np
import pytest

from configs import common
from imgforensics.manipulations import ranges
from imgforensics.testsets import single, strengths

SIDE = 32
# Whose least strengths change few of these images' pixels, or move them to where they were.
_CYCLIC = {"rotation", "reflection"}


@pytest.fixture(scope="module")
def images():
    """Smooth ones, so that larger geometric changes are larger in gray levels."""
    rng = np.random.RandomState(0)
    row, column = np.mgrid[:256, :256] / 256
    made = [
        np.sin(6 * (a * row + b * column)) * np.cos(5 * (b * row - a * column))
        for a, b in rng.uniform(1, 2, (4, 2))
    ]
    return (127 + 90 * np.array(made)).astype(np.uint8)


@pytest.fixture(scope="module")
def config():
    config = common.get_config()
    config.manipulations.output_size = SIDE
    return config


def copies(name, images, strength, config):
    return np.stack(list(single.make(name, images, strength, config)))


def anchors(name, images):
    first = 0 if name == "crop overlap" else 128 - SIDE // 2
    inner = slice(first, first + SIDE)
    return images[:, inner, inner].astype(np.float32) / np.float32(255)


@pytest.mark.parametrize("name", strengths.MANIPULATIONS)
def test_strengths_begin_at_the_anchor_and_lead_away_from_it(name, images, config):
    manipulation, start = strengths.MANIPULATIONS[name], anchors(name, images)
    order = list(manipulation.strengths)
    assert order == sorted(order) or order == sorted(order, reverse=True)
    neutral = 0 if manipulation.neutral is None else order.index(manipulation.neutral)
    assert manipulation.neutral is None or manipulation.strengths[neutral] == manipulation.neutral
    distances = []
    for strength in (order[neutral], order[(neutral + len(order)) // 2], order[-1], order[0]):
        made = copies(name, images, strength, config)
        assert made.shape == (4, SIDE, SIDE) and made.dtype == np.float32
        assert made.min() >= 0 and made.max() <= 1
        distances.append(np.abs(made - start).mean())
        if strength == manipulation.neutral:
            np.testing.assert_allclose(made, start, rtol=0, atol=2e-7)
    assert distances[0] < 0.01  # JPEG rounds at any quality
    assert distances[2] > max(distances[0], 0.01)
    assert neutral == 0 or distances[3] > 0.01
    if name not in _CYCLIC:
        assert distances[:3] == sorted(distances[:3])


def test_copies_are_what_they_are_called(images, config):
    first = 128 - SIDE // 2

    def window(row, column):
        return images[:, row : row + SIDE, column : column + SIDE] / np.float32(255)

    def same(name, strength, expected, atol=1e-7):
        np.testing.assert_allclose(copies(name, images, strength, config), expected, 0, atol)

    middle = window(first, first)
    same("inversion", 1, 1 - middle)
    same("reflection", 1, middle[:, :, ::-1])
    same("reflection", 2, middle[:, ::-1, ::-1])
    same("rotation", 180, middle[:, ::-1, ::-1], atol=1e-4)
    same("crop overlap", 25, window(SIDE // 2, SIDE // 2))
    same("crop overlap", 0, window(SIDE, SIDE))
    windows = np.stack([window(first + y, first + x) for x in (-5, 5) for y in (-5, 5)])
    errors = np.abs(copies("shift", images, 5, config) - windows).max(axis=(2, 3))
    assert ((errors < 1e-6).sum(axis=0) == 1).all()


def test_an_image_has_its_own_draws_whatever_the_others_are(images, config):
    made = copies("erasing", images, 20, config)
    np.testing.assert_array_equal(copies("erasing", images[:2], 20, config), made[:2])
    config = config.copy_and_resolve_references()
    config.seed = 1
    assert np.any(copies("erasing", images, 20, config) != made)


def test_all_strengths_share_their_draws(images, config):
    def changed(name, strength):
        return np.abs(copies(name, images, strength, config) - anchors(name, images)) > 1e-3

    for name, some, many in (("erasing", 10, 40), ("text", 10, 30)):
        less, more = changed(name, some), changed(name, many)
        assert (less <= more).all() and 0 < less.sum() < more.sum(), name


def test_all_strengths_share_a_program(images, config):
    copies("gamma", images, 0.5, config)
    before = single._made._cache_size()
    copies("gamma", images[:3], 4, config)
    assert single._made._cache_size() == before


def test_what_training_draws():
    config = ranges.v01()
    found = {name: each.trained(config) for name, each in strengths.MANIPULATIONS.items()}
    assert found == {
        "rotation": (0, 45), "scale": (75, 124), "shift": (0, 20), "perspective": (0, 20),
        "crop overlap": (pytest.approx(100 * (108 / 128) ** 2), 100), "reflection": (0, 2),
        "gamma": (0.75, 1.24), "local contrast": (1.5, 2), "erasing": (5, 20), "text": (5, 14),
        "linear contrast": None, "brightness": None, "JPEG": None, "blur": None, "noise": None,
        "inversion": None,
    }  # fmt: skip
    wide = ranges.wide()
    found = {name: each.trained(wide) for name, each in strengths.MANIPULATIONS.items()}
    assert found["linear contrast"] == (0.5, 1.5) and found["brightness"] == (-0.2, 0.2)
    assert found["JPEG"] == (10, 95) and found["blur"] == (0.3, 2) and found["noise"] == (0, 0.08)
    assert found["inversion"] == (0, 1) and found["shift"] == (0, 36)
    config.similarity.probability = config.local_edit.probability = config.clutter.text = 0.0
    config.reflection.probability = config.perspective.probability = config.gamma.probability = 0.0
    assert not any(each.trained(config) for each in strengths.MANIPULATIONS.values())


def test_a_config_of_before_there_were_degradations_trained_none():
    config = ranges.v01().unlock()
    for step in ("blur", "noise", "linear", "inversion", "recompression"):
        del config[step]
    for name in ("blur", "noise", "linear contrast", "inversion", "JPEG"):
        assert strengths.MANIPULATIONS[name].trained(config) is None
