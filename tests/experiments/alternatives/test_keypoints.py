"""Keypoints and homographies, on images whose relation is known."""

import cv2
import numpy as np
import pytest

from experiments.alternatives import homography, keypoints
from experiments.alternatives.even import even


def picture(seed, side=128):
    """Discs of all sizes and greys, uint8 [side, side]."""
    rng = np.random.default_rng(seed)
    image = np.full((side, side), 128, np.uint8)
    for _ in range(80):
        centre, radius = rng.integers(0, side, 2).tolist(), int(rng.integers(2, 12))
        cv2.circle(image, centre, radius, int(rng.integers(0, 256)), -1)
    return image


def points(count, seed=0):
    return np.random.default_rng(seed).uniform(0, 128, (count, 2))


def moved(some):
    """Through a homography that turns, enlarges and tilts a little."""
    matrix = np.array([[0.9, 0.4, 5], [-0.4, 0.9, 40], [1e-4, 2e-4, 1]])
    found = np.concatenate([some, np.ones((len(some), 1))], axis=1) @ matrix.T
    return found[:, :2] / found[:, 2:]


def test_matches_of_one_homography_are_counted_and_others_are_not():
    first = points(60)
    second = moved(first)
    assert homography.inliers(first, second) == 60
    second[40:] = points(20, seed=1)
    assert 40 <= homography.inliers(first, second) <= 43


def test_chance_explains_few_matches():
    assert homography.inliers(points(60), points(60, seed=1)) <= 12


def test_a_mirror_is_no_homography_between_two_views_of_one_side():
    first = points(60)
    assert homography.inliers(first, first * [-1, 1] + [127, 0]) <= 12


def test_a_homography_that_mirrors_is_not_believed(monkeypatch):
    found = np.diag([-1.0, 1, 1]), np.ones((60, 1), np.uint8)
    monkeypatch.setattr(cv2, "findHomography", lambda *arguments, **options: found)
    assert homography.inliers(points(60), points(60)) == 0
    found[0][0, 0] = 1
    assert homography.inliers(points(60), points(60)) == 60


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_matches(count):
    assert homography.inliers(points(count), points(count)) == 0


def test_matches_at_one_place_have_no_homography():
    same = np.full((9, 2), 5.0)
    assert homography.inliers(same, same) <= 9  # and no error


@pytest.mark.parametrize("make", [keypoints.orb, keypoints.sift])
def test_copies_agree_and_others_do_not(make):
    image, other = picture(0), picture(1)
    turned = cv2.warpAffine(
        image, cv2.getRotationMatrix2D((64, 64), 25, 1.0), (128, 128), borderMode=cv2.BORDER_REFLECT
    )
    mirrored = np.ascontiguousarray(image[:, ::-1])
    flat = np.full((128, 128), 7, np.uint8)
    images = np.stack([image, turned, mirrored, np.rot90(mirrored), other, flat])
    pairs = np.array([[0, second] for second in range(1, 6)])
    system = make()
    copies, others = np.split(system(images, pairs), [3])
    assert (copies <= -30).all()
    assert (others >= -20).all() and others[-1] == 0
    np.testing.assert_array_equal(system(images, pairs), np.concatenate([copies, others]))


def test_faint_copies_agree_as_well():
    image, other = (100 + picture(seed) // 16 for seed in (0, 1))
    images = np.stack([image, np.rot90(image), other])
    copy, another = keypoints.sift()(images, np.array([[0, 1], [0, 2]]))
    assert copy <= -30 and another >= -20


def test_contrast_is_made_everywhere():
    image = picture(0)
    faint = even(100 + image // 16)
    assert faint.dtype == np.uint8 and faint.std() > 3 * (image // 16).std()
    assert even(np.full((128, 128), 7, np.uint8)).std() == 0
