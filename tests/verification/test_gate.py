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


def test_no_keypoint_touches_what_is_said_to_be_drawn(tissue):
    shown = np.zeros((128, 128), bool)
    shown[:, :60] = True
    found = gate.describe(crop(tissue), shown)
    assert found["count"] > 10 and found["points"][: found["count"], 0].max() < 60


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


# Each rule by itself, on made-up keypoints: what a match is, and which matches agree.
COUNT = 12


def made_up(rows, points, sizes=8.0, angles=0.3):
    """A description of keypoints with these descriptors, of which all have the same length."""
    description = np.zeros((), gate.DESCRIPTION)
    description["count"], description["grain"] = len(rows), 1
    for name, values in (
        ("descriptors", rows), ("points", points), ("sizes", sizes), ("angles", angles),
    ):  # fmt: skip
        description[name][: len(rows)] = values
    return description


@pytest.fixture
def rows():
    """Descriptors that are unlike each other, mirrored or not: uint8 [COUNT, 128]."""
    rng = np.random.default_rng(3)
    chosen = np.argsort(rng.random((COUNT, 128)), axis=1) < 16
    return np.uint8(128 * chosen)


@pytest.fixture
def points():
    return np.random.default_rng(4).uniform(10, 118, (COUNT, 2)).astype(np.float32)


def test_made_up_keypoints_that_are_moved_all_agree(rows, points):
    found = gate.votes(made_up(rows, points), made_up(rows, points + [7, -5])[None])
    assert found.inliers.tolist() == [COUNT] and found.passed.all()
    assert not found.mirrored[0] and not found.inverted[0]


def test_a_match_is_mutual(rows, points):
    """Many keypoints at one place that look like the query's one are one match with it."""
    crowd = np.repeat(rows[:1], COUNT, axis=0)
    # Each is a little less like it than the one before.
    crowd[:, np.flatnonzero(rows[0])[0]] -= np.arange(COUNT, dtype=np.uint8)
    around = points[:1] + np.linspace(-1, 1, COUNT)[:, None]
    found = gate.votes(made_up(rows[:2], points[:2]), made_up(crowd, around)[None])
    assert found.inliers.tolist() == [1]


def test_what_is_as_like_another_keypoint_counts_for_nothing(rows, points):
    """As of a texture that repeats itself: every keypoint has a twin elsewhere."""
    twins = np.concatenate([rows, rows]), np.concatenate([points, points + [40, 0]])
    found = gate.votes(made_up(*twins), made_up(*twins)[None])
    assert found.support[0] < gate.MIN_SUPPORT / 2


@pytest.mark.parametrize("rule", ["places", "sizes", "directions"])
def test_matches_that_disagree_are_no_inliers(rows, points, rule):
    half = COUNT // 2
    moved, sizes, angles = points + [7, -5], np.full(COUNT, 8.0), np.full(COUNT, 0.3)
    if rule == "places":
        moved[half:] = moved[half:][::-1] + np.random.default_rng(5).uniform(-30, 30, (half, 2))
    elif rule == "sizes":
        sizes[half:] *= 1.8
    else:
        angles[half:] += np.deg2rad(40)
    # What is off would agree among itself where it lies the same way; it is fewer.
    kept = slice(0, COUNT - 1)
    query = made_up(rows[kept], points[kept])
    candidate = made_up(rows[kept], moved[kept], sizes[kept], angles[kept])
    assert gate.votes(query, candidate[None]).inliers.tolist() == [half]
