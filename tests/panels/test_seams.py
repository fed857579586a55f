"""Seams between pictures that abut, rough ones too, and gutters of any grey level."""

import cv2
import numpy as np
import pytest

from imgforensics.panels import seams
from imgforensics.panels.panel import Box

SIZE = (200, 260)


def rough(seed, level=128, deviation=45.0, sigma=2.0):
    """A rough texture: noise of a grain of some pixels, uint8."""
    noise = np.random.RandomState(seed).randn(*SIZE).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), sigma)
    return (level + deviation * grain / grain.std()).clip(0, 246).astype(np.uint8)


def split(pixels, box=None):
    """The pieces that are left when nothing is split any more."""
    box = box or Box(0, 0, *pixels.shape[::-1])
    pieces = seams.split(pixels, box)
    return pieces if len(pieces) == 1 else [last for each in pieces for last in split(pixels, each)]


def near(found, expected, pixels=3):
    """Whether boxes are the expected ones, up to some pixels."""
    return len(found) == len(expected) and all(
        min(np.abs(np.subtract(box, other)).max() for other in found) <= pixels for box in expected
    )


@pytest.mark.parametrize("axis", [0, 1])
def test_rough_textures_that_abut(axis):
    """They have the same mean and spread, so that only the seam tells them apart."""
    length = SIZE[axis]
    for seed in range(8):
        both = np.concatenate([rough(2 * seed), rough(2 * seed + 1)], axis=axis)
        height, width = both.shape
        first = Box(0, 0, width, length) if axis == 0 else Box(0, 0, length, height)
        second = Box(0, length, width, height) if axis == 0 else Box(length, 0, width, height)
        assert near(split(both), [first, second]), seed


@pytest.mark.parametrize("level", [0, 75, 128, 255])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_narrow_gutters_of_any_level(level, width):
    left, right = rough(0), rough(1)
    gutter = np.full((SIZE[0], width), level, np.uint8)
    found = split(np.concatenate([left, gutter, right], axis=1))
    expected = [Box(0, 0, SIZE[1], SIZE[0]), Box(SIZE[1], 0, 2 * SIZE[1] + width, SIZE[0])]
    assert near(found, expected, pixels=width + 2)


def test_a_grey_gutter_that_is_blurred():
    """Nothing breaks off at its sides, but along it hardly anything changes."""
    gutter = np.full((SIZE[0], 4), 128, np.uint8)
    sharp = np.concatenate([rough(0), gutter, rough(1)], axis=1)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 1.5)
    expected = [Box(0, 0, SIZE[1], SIZE[0]), Box(SIZE[1], 0, 2 * SIZE[1] + 4, SIZE[0])]
    assert near(split(blurred), expected, pixels=8)


def test_paper_on_both_sides_says_nothing_of_a_seam():
    both = np.concatenate([rough(0), rough(1)])
    rows, columns = np.mgrid[: both.shape[0], : both.shape[1]]
    both[columns < 80 + 30 * np.sin(rows / 9)] = 255  # no straight side, that would be a seam
    found = split(both)
    assert any(abs(box.top - SIZE[0]) <= 3 for box in found)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0, 8.0])
def test_one_texture_has_no_seam(sigma):
    for seed in range(10):
        assert len(split(rough(seed, sigma=sigma))) == 1


def test_an_edge_of_half_the_picture_is_no_seam():
    picture = rough(0, level=90, deviation=10)
    picture[:, SIZE[1] // 2 :][SIZE[0] // 2 :] += 100
    assert len(split(picture)) == 1


def test_a_grid_without_gutters():
    grid = np.block([[rough(0), rough(1), rough(2)], [rough(3), rough(4), rough(5)]])
    height, width = SIZE
    expected = [Box(width * column, height * row, width * column + width, height * row + height)
                for row in (0, 1) for column in (0, 1, 2)]  # fmt: skip
    assert near(split(grid), expected)
