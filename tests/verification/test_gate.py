"""The gate on pictures that OpenCV has moved, and on others."""

import cv2
import numpy as np
import pytest

from imgforensics.verification import gate


def crop(image, at=(150, 150), side=128):
    return np.ascontiguousarray(image[at[0] : at[0] + side, at[1] : at[1] + side])


def turned(image, degrees, scale=1.0, side=128, at=(150, 150)):
    centre = (at[1] + (side - 1) / 2, at[0] + (side - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, scale)
    return crop(cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_CUBIC), at, side)


def stack(*images):
    return np.stack([gate.describe(image) for image in images])


def test_a_description_is_small_and_flat_and_can_be_kept(tissue, tmp_path):
    kept = stack(crop(tissue), np.zeros((128, 128), np.uint8))
    assert kept.dtype == gate.DESCRIPTION and kept.dtype.itemsize <= 20_000
    assert kept["count"].tolist() == [gate.MAX_KEYPOINTS, 0]
    np.save(tmp_path / "shard.npy", kept)
    mapped = np.load(tmp_path / "shard.npy", mmap_mode="r")
    assert gate.votes(mapped[0], mapped).passed.tolist() == [True, False]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_what_is_moved_passes_and_what_is_elsewhere_does_not(tissue, mirrored, inverted):
    copy = turned(tissue, degrees=33, scale=1.2)
    copy = copy[:, ::-1] if mirrored else copy
    copy = np.ascontiguousarray(255 - copy if inverted else copy)
    found = gate.votes(gate.describe(crop(tissue)), stack(copy, crop(tissue, (20, 330))))
    assert found.passed.tolist() == [True, False]
    assert (found.mirrored[0], found.inverted[0]) == (mirrored, inverted)


def test_each_candidate_is_judged_by_itself(tissue):
    query = gate.describe(crop(tissue))
    shown = [turned(tissue, degrees) for degrees in (10, 50)] + [crop(tissue, (20, 330))]
    candidates = np.tile(stack(*shown, np.zeros((90, 60), np.uint8)), 40)
    together = gate.votes(query, candidates).inliers
    assert together.tolist() == 40 * [
        gate.votes(query, one[None]).inliers[0] for one in candidates[:4]
    ]
    assert gate.votes(query, candidates[:0]).passed.shape == (0,)


def test_a_flat_query_has_no_votes(tissue):
    flat = gate.describe(np.full((128, 128), 80, np.uint8))
    assert gate.votes(flat, stack(crop(tissue))).inliers.tolist() == [0]
