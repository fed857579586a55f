"""Composite edits against what NumPy makes of a source, and against the alignment they state."""

import cv2
import numpy as np
import pytest

from imgforensics.testsets import composite


@pytest.fixture(scope="module")
def source():
    """uint8 [256, 256], texture of two scales."""
    rng = np.random.default_rng(0)
    coarse, fine = (
        cv2.GaussianBlur(rng.standard_normal((256, 256)), (0, 0), sigma) for sigma in (8, 2)
    )
    mixed = coarse / coarse.std() + 0.7 * fine / fine.std()
    return np.clip(128 + 40 * mixed, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def edited(source):
    return [composite.edit_with_history(np.random.default_rng(seed), source) for seed in range(500)]


@pytest.fixture
def only(monkeypatch):
    """Leaves one kind of edits, always done."""

    def choose(*kinds):
        for kind in composite.RATES:
            monkeypatch.setitem(composite.RATES, kind, float(kind in kinds))

    return choose


def test_an_edit_is_a_function_of_the_generator(source):
    again = composite.edit(np.random.default_rng(3), source)
    np.testing.assert_array_equal(again, composite.edit(np.random.default_rng(3), source))
    assert again.shape == (128, 128) and again.dtype == np.uint8
    assert (again != composite.edit(np.random.default_rng(4), source)).any()


def test_the_source_stays_as_it_is(source):
    before = source.copy()
    for seed in range(20):
        composite.edit(np.random.default_rng(seed), source)
    np.testing.assert_array_equal(source, before)


def test_each_kind_occurs_at_its_rate(edited):
    for kind, rate in composite.RATES.items():
        found = np.mean([kind in dict(each.history) for each in edited])
        assert abs(found - rate) < 4 * np.sqrt(rate * (1 - rate) / len(edited)), kind


def test_no_edit_is_the_central_crop(source, only):
    only()
    found = composite.edit_with_history(np.random.default_rng(0), source)
    np.testing.assert_array_equal(found.image, source[64:192, 64:192])
    assert found.history == ()


def test_a_flip_and_right_angles_are_exact(source, only):
    crop = source[64:192, 64:192]
    only("flip")
    np.testing.assert_array_equal(composite.edit(np.random.default_rng(0), source), crop[:, ::-1])
    only("rotation")
    turns = set()
    for seed in range(40):
        found = composite.edit_with_history(np.random.default_rng(seed), source)
        degrees = found.history[0][1]["degrees"]
        if degrees % 90 == 0:
            turns.add(degrees)
            np.testing.assert_array_equal(found.image, np.rot90(crop, degrees // 90))
    assert turns == {90, 180, 270}


@pytest.mark.parametrize("kind", composite.RATES)
def test_each_kind_alone_changes_the_image(source, only, kind):
    only(kind)
    for seed in range(5):
        found = composite.edit_with_history(np.random.default_rng(seed), source)
        assert [name for name, _ in found.history] == [kind]
        assert (found.image != source[64:192, 64:192]).any()


def test_copies_agree_with_the_source_where_they_are_said_to(source, edited):
    agreement, elsewhere = [], []
    for each in edited[:200]:
        expected = cv2.warpPerspective(source, each.matrix, (128, 128))
        agreement.append(np.corrcoef(each.image.ravel(), expected.ravel())[0, 1])
        shifted = cv2.warpPerspective(np.roll(source, 60, 0), each.matrix, (128, 128))
        elsewhere.append(abs(np.corrcoef(each.image.ravel(), shifted.ravel())[0, 1]))
    assert np.median(agreement) > 0.9 and np.min(agreement) > 0.3
    assert np.median(elsewhere) < 0.2


def test_at_least_half_of_each_is_common(edited):
    """Counts pixels, for the geometry before the page that is scanned moves a little."""
    rows, columns = np.mgrid[:128, :128]
    pixels = np.stack([columns, rows], -1).reshape(1, -1, 2).astype(float)
    least = 1
    for each in edited:
        if "print_scan" in dict(each.history):
            continue
        back = cv2.perspectiveTransform(pixels, np.linalg.inv(each.matrix))[0]
        assert (back > -0.51).all() and (back < 255.51).all()
        of_copy = ((back > 63.5) & (back < 191.5)).all(1).mean()
        there = cv2.perspectiveTransform(pixels + 64, each.matrix)[0]
        of_original = ((there > -0.5) & (there < 127.5)).all(1).mean()
        share = min(of_copy, of_original)
        assert share > composite.COMMON - 0.02
        assert abs(share - composite.common(each.matrix)) < 0.02
        least = min(least, share)
    assert least < 0.6  # the bound is reached, or it would not be tested


def test_the_one_cell_of_a_dark_field_is_not_cut_off(only):
    field = np.zeros((256, 256), np.uint8)
    cv2.circle(field, (80, 80), 8, 255, -1)  # near a corner of the central crop
    only("shift", "rotation")
    for seed in range(30):
        found = composite.edit(np.random.default_rng(seed), field)
        assert (found > 127).sum() > 50  # of the cell's 197 pixels


def test_noise_does_not_drown_a_dark_image(source, only):
    only("noise")
    dark = (source // 32).astype(np.uint8)
    for seed in range(20):
        found = composite.edit(np.random.default_rng(seed), dark).astype(float)
        noise = found - dark[64:192, 64:192]
        assert 0 < noise.std() < 0.75 * dark.std()  # 0.6, and what rounding adds
