"""Crops of an image, and the smallest f of any two of them."""

import numpy as np
import pytest
from PIL import Image

from imgforensics.inference import crops
from imgforensics.models import metric

FORENSIC = metric.Metric(np.array([0.3, 0.1, 0.2], np.float32))


def views(seed, count):
    return np.random.RandomState(seed).normal(size=(count, 6, 3)).astype(np.float32)


def expected(first, second, pairs):
    """By loops: half of f of the wholes, and half of the smallest f of two views."""
    found = []
    for i, j in pairs:
        f = np.abs(first[i][:, None] - second[j][None]) @ np.asarray(FORENSIC.alpha)
        found.append((f[0, 0] + f.min()) / 2)
    return found


def test_crops_are_of_the_corners_and_the_middle():
    image = np.random.RandomState(0).randint(0, 256, (32, 32)).astype(np.uint8)
    found = crops.cut(image)
    assert found.shape == (5, 32, 32) and found.dtype == np.uint8
    for part, (top, left) in zip(found, ((0, 0), (0, 8), (8, 0), (8, 8), (4, 4))):
        window = Image.fromarray(image[top : top + 24, left : left + 24])
        enlarged = np.asarray(window.resize((32, 32), Image.Resampling.BICUBIC))
        np.testing.assert_array_equal(part, enlarged)


@pytest.mark.parametrize("at_once", [4, 2**12])
def test_the_distance_is_that_of_loops(at_once, monkeypatch):
    monkeypatch.setattr(crops, "_PAIRS", at_once)
    first, second = views(0, 5), views(1, 7)
    pairs = np.random.RandomState(2).randint(5, size=(11, 2))
    found = crops.distances(FORENSIC, first, second, pairs)
    np.testing.assert_allclose(found, expected(first, second, pairs), rtol=1e-5)
    np.testing.assert_array_equal(found, crops.distances(FORENSIC, second, first, pairs[:, ::-1]))
    assert crops.distances(FORENSIC, first, second, pairs[:0]).shape == (0,)


def test_two_images_that_share_a_part_are_near():
    first, second = views(0, 1), views(1, 1)
    before = crops.distances(FORENSIC, first, second, np.zeros((1, 2), int))
    second[0, 5] = first[0, 2]
    after = crops.distances(FORENSIC, first, second, np.zeros((1, 2), int))
    whole = np.abs(first[0, 0] - second[0, 0]) @ np.asarray(FORENSIC.alpha)
    assert after < before and after == pytest.approx(whole / 2)
