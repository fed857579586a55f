"""Registration of pictures that OpenCV has moved by known transforms."""

import cv2
import numpy as np
import pytest

from imgforensics.verification import dense, evidence, gate, registration
from imgforensics.verification.keypoints import Keypoints, changed, detect


def crop(image, side=128, at=(150, 150)):
    return image[at[0] : at[0] + side, at[1] : at[1] + side]


def moved(image, degrees, scale, mirrored, side=128, at=(150, 150)):
    """A crop of the turned picture, and the matrix from its pixels to those of the upright crop."""
    centre = np.array(at[::-1]) + (side - 1) / 2
    turn = np.vstack([cv2.getRotationMatrix2D(centre.tolist(), degrees, scale), [0, 0, 1]])
    to_crop = np.array([[1, 0, -at[1]], [0, 1, -at[0]], [0, 0, 1]], float)
    mirror = np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]]) if mirrored else np.eye(3)
    matrix = mirror @ to_crop @ turn
    return (
        cv2.warpPerspective(image, matrix, (side, side), flags=cv2.INTER_CUBIC),
        to_crop @ np.linalg.inv(matrix),
    )


def error(found, truth, side=128):
    """The largest distance in pixels between where the middle half's corners go."""
    low, high = side / 4, 3 * side / 4
    corners = np.array([[[low, low], [high, low], [high, high], [low, high]]])
    ends = [cv2.perspectiveTransform(corners, matrix) for matrix in (found, truth)]
    return np.linalg.norm(np.subtract(*ends), axis=-1).max()


@pytest.mark.parametrize("mirrored,inverted", [(True, False), (False, True), (True, True)])
def test_features_of_mirrors_and_negatives_are_known_without_looking(tissue, mirrored, inverted):
    image = crop(tissue)
    found = changed(detect(image), mirrored, inverted)
    other = image[:, ::-1] if mirrored else image
    expected = detect(np.ascontiguousarray(255 - other if inverted else other))
    # `changed` mirrors about x = 0, the picture about its middle.
    points = expected.points - (np.float32([127, 0]) if mirrored else 0)
    near = np.linalg.norm(found.points[:, None] - points[None], axis=2) < 0.3
    likeness = np.where(near, found.descriptors @ expected.descriptors.T, 0).max(axis=1)
    assert len(found.points) > 100
    assert (likeness > 0.98).mean() > 0.8
    best = np.where(near, found.descriptors @ expected.descriptors.T, 0).argmax(axis=1)
    turned = np.angle(np.exp(1j * (found.angles - expected.angles[best])))
    assert (np.abs(turned[likeness > 0.98]) < 0.1).mean() > 0.95


def test_a_flat_image_has_no_features():
    flat = detect(np.full((128, 128), 80, np.uint8))
    assert len(flat.points) == 0
    assert registration.estimate_homography(flat, flat) is None


@pytest.mark.parametrize(
    "degrees,scale,mirrored", [(0, 1, True), (34, 1.2, True), (200, 0.8, False)]
)
def test_small_crops_are_registered_within_a_pixel(tissue, degrees, scale, mirrored):
    copy, truth = moved(tissue, degrees, scale, mirrored)
    found = registration.estimate_homography(detect(crop(tissue)), detect(copy))
    assert found.mirrored == mirrored and not found.inverted
    assert found.inliers > 30 and error(found.matrix, truth) < 1


def test_large_images_are_registered_in_their_own_pixels(tissue):
    large = cv2.resize(tissue, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    copy, truth = moved(large, 20, 1, False, side=900, at=(300, 300))
    found = registration.estimate_homography(detect(crop(large, 900, (300, 300))), detect(copy))
    assert error(found.matrix, truth, 900) < 2


def test_the_negative_is_registered(tissue):
    copy, truth = moved(tissue, 15, 1, False)
    found = registration.estimate_homography(detect(crop(tissue)), detect(255 - copy))
    assert found.inverted and error(found.matrix, truth) < 1


def test_different_images_do_not_agree(tissue, cells):
    first = detect(crop(tissue))
    for other in (crop(tissue, at=(330, 20)), crop(cells, at=(200, 200))):
        found = registration.estimate_homography(first, detect(other))
        assert found is None or found.inliers < 8


def blobs(seed):
    """uint8 [256, 256] that holds next to nothing for a keypoint to hold on to."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.standard_normal((256, 256)), (0, 0), 12)
    return np.uint8(np.clip(128 + 40 * soft / soft.std(), 0, 255))


@pytest.mark.parametrize(
    "degrees,scale,mirrored", [(0, 1, False), (63, 1.1, True), (245, 0.9, False)]
)
def test_the_exhaustive_search_finds_soft_images(degrees, scale, mirrored):
    image = blobs(0)
    copy, truth = moved(image, degrees, scale, mirrored, at=(64, 64))
    even = [dense.even(each) for each in (crop(image, at=(64, 64)), copy)]
    peaks = dense.search(*even, count=3)
    assert len(peaks) <= 3
    assert [peak.correlation for peak in peaks] == sorted(
        (peak.correlation for peak in peaks), reverse=True
    )
    assert peaks[0].mirrored == mirrored and not peaks[0].inverted
    assert error(peaks[0].matrix, truth) < 10  # as coarse as the grid


def test_evidence_of_a_copy_and_of_different_images(cells):
    first = evidence.prepare(crop(blobs(0), at=(64, 64)))
    copy, truth = moved(blobs(0), 63, 1.1, True, at=(64, 64))
    same = evidence.gather(first, evidence.prepare(copy))
    other = evidence.gather(first, evidence.prepare(crop(blobs(1), at=(64, 64))))
    assert np.linalg.det(same.matrix[:2, :2]) < 0 and error(same.matrix, truth) < 1.5
    assert same.correlation > 0.95 and same.agreement > 0.95
    assert same.broad_correlation > 0.9 > 0.7 > other.broad_correlation
    assert same.significance > 1.5 * other.significance > 0
    assert 0.4 < same.common < 0.95
    assert same.support > gate.MIN_SUPPORT > other.support


def test_support_is_what_the_gate_finds_asked_either_way(tissue):
    images = crop(tissue), moved(tissue, 20, 1.1, True)[0]
    found = evidence.gather(*map(evidence.prepare, images))
    one, other = map(gate.describe, images)
    ways = [gate.votes(*both).support[0] for both in ((one, other[None]), (other, one[None]))]
    assert found.support == pytest.approx(np.mean(ways)) and ways[0] != ways[1]


def test_an_image_fits_on_itself(tissue):
    image = evidence.prepare(crop(tissue))
    found = evidence.gather(image, image)
    np.testing.assert_allclose(found.matrix, np.eye(3), atol=1e-3)
    assert found.common > 0.95 and found.correlation > 0.999 and found.agreement > 0.99
    assert found.inliers == found.matches > 100


def test_nothing_fits_on_a_blank_image():
    blank = evidence.prepare(np.full((128, 128), 7, np.uint8))
    found = evidence.gather(blank, blank)
    assert found.inliers == 0 and abs(found.correlation) < 0.1 and found.significance < 1


def test_a_large_picture_keeps_the_strongest_features_of_each_part(tissue, cells):
    """At most 200 of a square of 256 pixels: a soft panel has its own, a sharp one no more."""
    page = np.full((768, 768), 255, np.uint8)
    page[:512, :512] = tissue
    page[512:, 512:] = cells[200:456, 200:456]
    found = detect(page)
    columns, rows = (found.points // 256).astype(int).T
    counted = np.bincount(3 * rows + columns, minlength=9).reshape(3, 3)
    assert (counted[:2, :2] == 200).all() and counted.max() == 200
    assert counted[2, 2] > 30


def like(points, matrix, size):
    """Keypoints as a picture has them, and those of what a matrix takes it to, as much larger."""
    descriptors = np.abs(np.random.default_rng(0).standard_normal((len(points), 128)))
    descriptors = np.float32(descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True))
    moved = np.float32(points @ np.transpose(matrix))
    sizes, angles = np.full(len(points), 4, np.float32), np.zeros(len(points), np.float32)
    second = Keypoints(np.float32(points), sizes, angles, descriptors, 1.0)
    return Keypoints(moved, np.float32(size * sizes), angles, descriptors, 1.0), second


@pytest.mark.parametrize(
    "matrix,believed",
    [
        ([[3, 0], [0, 3]], True), ([[4, 0], [0, 4]], False),
        ([[0.35, 0], [0, 0.35]], True), ([[0.25, 0], [0, 0.25]], False),
        ([[1, 0.3], [0, 1]], True), ([[2, 0], [0, 0.6]], False), ([[1, 0], [0, -1]], False),
    ],
)  # fmt: skip
def test_transforms_that_no_one_makes_of_a_copy_are_not_believed(matrix, believed):
    """However many keypoints agree: too large, too small, squeezed or folded over."""
    points = np.random.default_rng(1).uniform(0, 12, (40, 2))
    size = np.sqrt(abs(np.linalg.det(matrix)))
    found = registration.estimate_homography(*like(points, np.array(matrix), size))
    assert (found is not None) == believed
    if believed:
        assert found.inliers > 20
        np.testing.assert_allclose(found.matrix[:2, :2] / found.matrix[2, 2], matrix, atol=0.05)


def test_what_agrees_is_found_among_many_matches_that_do_not():
    """One in twelve matches tells; the others fit on no one transform."""
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 120, (360, 2))
    first, second = like(points, np.array([[0.8, -0.6], [0.6, 0.8]]), 1.0)
    other = np.arange(len(points)) >= 30
    astray = np.where(other[:, None], rng.uniform(0, 120, points.shape), first.points)
    angles = np.where(other, rng.uniform(-np.pi, np.pi, len(points)), np.arctan2(0.6, 0.8))
    first = first._replace(points=np.float32(astray), angles=np.float32(angles))
    found = registration.estimate_homography(first, second)
    assert 28 <= found.inliers <= 36 and not found.mirrored and not found.inverted
    np.testing.assert_allclose(found.matrix[:2, :2], [[0.8, -0.6], [0.6, 0.8]], atol=0.02)
