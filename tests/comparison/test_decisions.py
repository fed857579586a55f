"""What is decided about pictures of known relation, with the weights that come with the package."""

import functools

import cv2
import numpy as np
import pytest
from scenes import (
    crop,
    erased,
    gamma,
    jpeg,
    noisy,
    nuclei,
    on_a_page,
    picture,
    view,
    written,
)  # fmt: skip

from imgforensics.comparison import picture as drawing
from imgforensics.comparison import regions, report
from imgforensics.comparison.compare import compare
from imgforensics.verification.calibration import SCREENING

TISSUE, CELLS, MOON, COINS = "ihc.png", "cell.png", "moon.png", "coins.png"
RETINA, CAMERA, STARS = "retina.jpg", "camera.png", "hubble_deep_field.jpg"
GRASS, GRAVEL, BRICK = "grass.png", "gravel.png", "brick.png"


def negative(image):
    return 255 - image


# The name of a picture, where the crop is, how the copy is seen (`view`), and what is done to it.
COPIES = {
    "mirrored": (CELLS, (200, 250), {"mirrored": True}, None),
    "turned": (RETINA, (600, 400), {"degrees": 35}, None),
    "turned and mirrored": (TISSUE, (150, 150), {"degrees": 160, "mirrored": True}, None),
    "enlarged": (CAMERA, (180, 60), {"scale": 1.3}, None),
    "reduced": (STARS, (400, 300), {"scale": 0.75}, None),
    "perspective": (TISSUE, (300, 100), {"tilt": 0.3}, None),
    "gamma": (MOON, (100, 180), {}, lambda image: gamma(image, 1.8)),
    "negative": (TISSUE, (60, 330), {}, negative),
    "negative, turned, mirrored": (
        RETINA, (400, 700), {"degrees": 70, "mirrored": True}, negative
    ),
    "erased": (GRAVEL, (100, 100), {}, lambda image: erased(image, 30, 20, 60, 70)),
    "text": (COINS, (120, 40), {}, lambda image: written(image, "Fig. 2b")),
    "JPEG": (GRASS, (200, 200), {}, lambda image: jpeg(image, 20)),
    "noise": (BRICK, (200, 200), {}, lambda image: noisy(image, 20)),
    "blur": (STARS, (600, 500), {}, lambda image: cv2.GaussianBlur(image, (0, 0), 2)),
    "local contrast": (RETINA, (800, 600), {}, cv2.createCLAHE(3.0, (4, 4)).apply),
    "many at once": (
        TISSUE, (320, 320), {"degrees": -50, "scale": 1.1, "mirrored": True},
        lambda image: jpeg(noisy(written(erased(gamma(image, 0.7), 80, 80, 40, 30), "b"), 8), 50),
    ),
}  # fmt: skip


@functools.cache
def copy(name):
    """A crop, its copy, and the matrix from the copy's pixels to the crop's."""
    source, at, how, edit = COPIES[name]
    seen, matrix = view(picture(source), at, **how)
    return crop(picture(source), at), seen if edit is None else edit(seen), matrix


@functools.cache
def found_in(name):
    return compare(*copy(name)[:2])


def corners(left, top, width, height):
    """float [4, 2], of a rectangle."""
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def shared(one, other):
    """Intersection over union of two convex polygons."""
    both, _ = cv2.intersectConvexConvex(np.float32(one), np.float32(other))
    return both / (regions.area(one) + regions.area(other) - both)


def miss(matrix, truth, box):
    """By how many pixels, at most, two matrices take a rectangle's corners to different places."""
    ends = (regions.moved(box, each) for each in (matrix, truth))
    return np.linalg.norm(np.subtract(*ends), axis=1).max()


def in_second(found):
    return regions.moved(found.region, np.linalg.inv(found.matrix))


@pytest.mark.parametrize("name", COPIES)
def test_copies_of_every_manner_are_found_and_laid_where_they_belong(name):
    first, _, truth = copy(name)
    found = found_in(name)
    assert found.points["verified"] == SCREENING
    assert miss(found.matrix, truth, corners(32, 32, 64, 64)) < 0.5
    whole = corners(0, 0, *first.shape)
    _, common = cv2.intersectConvexConvex(
        np.float32(whole), np.float32(regions.moved(whole, truth))
    )
    _, region = cv2.intersectConvexConvex(np.float32(whole), np.float32(found.region))
    assert shared(common[:, 0], region[:, 0]) > 0.7
    told = report.record(found)["regions"][0]
    how = {"mirrored": False, "degrees": 0, "scale": 1.0} | COPIES[name][2]
    assert told["mirrored"] == how["mirrored"] and told["inverted"] == ("negative" in name)
    if "tilt" not in how:
        assert told["scale"] * how["scale"] == pytest.approx(1, abs=0.01)
        apart = told["degrees_clockwise"] - how["degrees"]
        assert abs((apart + 180) % 360 - 180) < 0.5


def drawn(name):
    """The last two panels of a drawn comparison, each float [380, 380, 3]: both, and difference."""
    page = np.asarray(drawing.draw(found_in(name), ["same"], "AB"), float)
    side, gap = 380, 20
    last = page[-side - gap : -gap]
    starts = (2 * (side + gap) + gap, 3 * (side + gap) + gap)
    return tuple(last[:, start : start + side] for start in starts)


@pytest.mark.parametrize("name", ["gamma", "negative"])
def test_a_darker_copy_and_a_negative_differ_in_nothing_once_grey_levels_are_matched(name):
    both, difference = drawn(name)
    assert difference.mean() < 10
    assert np.abs(both[..., 0] - both[..., 1]).mean() < 5  # grey, neither red nor cyan


def test_what_was_erased_is_seen_in_the_difference():
    _, difference = drawn("erased")
    left, top, right, bottom = np.array([30, 20, 90, 90]) * len(difference) // 128
    within = np.zeros(difference.shape[:2], bool)
    within[top:bottom, left:right] = True
    assert difference[within].mean() > 2 * difference[~within].mean()


def field(name, at, **how):
    return crop(picture(name), at, **how)


DIFFERENT = {
    "fields of a picture": lambda: (field(TISSUE, (20, 20)), field(TISSUE, (300, 300))),
    "other stains": lambda: (field(TISSUE, (20, 20)), field(CELLS, (200, 200))),
    "unlike things": lambda: (field(CAMERA, (220, 50)), field(RETINA, (600, 400))),
    "other shapes": lambda: (field(MOON, (20, 20), height=100), field(GRASS, (300, 300), width=90)),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_pictures_are_told_apart(name):
    found = compare(*DIFFERENT[name]())
    assert not found.same and found.matrix is None and found.region is None
    assert found.f > 0.7 and found.verified > 1.5
    # That a few keypoints agree by chance is no alignment.
    assert found.part.evidence.inliers < 4


def test_nuclei_that_are_alike_are_not_the_same():
    """Any nucleus lies well on another; where no keypoints agree that is no copy."""
    found = compare(nuclei(6, 192, 7), nuclei(106, 192, 7))
    assert not found.same and found.closest < 0.6 and found.verified > 1.5


def test_what_two_fields_share_is_found_when_looked_at_again():
    """No two tiles of them show the same; laid as the closest do, more of them agrees."""
    dish = nuclei(0, 500, 80, (16, 24))
    other, truth = view(dish, (180, 180), side=192, scale=0.9)
    truth[:2, 2] += 80, 80
    second = noisy(cv2.GaussianBlur(other, (0, 0), 0.8), 4, 2)
    found = compare(noisy(crop(dish, (100, 100), 192, 192), 4, 1), second)
    assert found.points["verified"] == SCREENING and not found.whole
    assert miss(found.matrix, truth, corners(20, 20, 80, 80)) < 4
    assert shared(found.region, corners(80, 80, 112, 112)) > 0.6


def test_overlapping_fields():
    first, second = (field(TISSUE, at, height=200, width=200) for at in ((100, 100), (220, 150)))
    found = compare(first, second)
    assert found.points["verified"] == SCREENING and not found.whole
    truth = np.array([[1, 0, 120], [0, 1, 50], [0, 0, 1]], float)
    common = corners(120, 50, 80, 150)
    assert miss(found.matrix, truth, common - [120, 50]) < 1.5
    assert shared(found.region, common) > 0.85
    assert shared(in_second(found), common - [120, 50]) > 0.85


def test_elongated_pictures():
    first = field(TISSUE, (20, 100), height=100, width=330)
    second = field(TISSUE, (170, 110), height=100, width=330)[:, ::-1].copy()
    found = compare(first, second)
    assert found.points["verified"] == SCREENING
    truth = np.array([[-1, 0, 479], [0, 1, 10], [0, 0, 1]], float)
    assert miss(found.matrix, truth, corners(150, 0, 180, 90)) < 1.5
    left, right = found.region[:, 0].min(), found.region[:, 0].max()
    assert 145 < left < right < 331 and regions.area(found.region) > 0.4 * 180 * 90


def test_a_panel_that_two_pages_share():
    panels = [
        field(name, at, height=105, width=125)
        for name, at in (
            (CELLS, (250, 300)), (TISSUE, (20, 20)), (COINS, (100, 100)),
            (RETINA, (600, 600)), (GRAVEL, (30, 30)), (MOON, (200, 200)),
        )
    ]  # fmt: skip
    others = [
        field(name, at, height=105, width=125)
        for name, at in (
            (BRICK, (250, 300)), (STARS, (20, 20)), (CAMERA, (300, 200)), (GRASS, (30, 30)),
        )
    ]  # fmt: skip
    again = gamma(panels[1][:, ::-1], 1.4)
    first = on_a_page(
        (250, 430), panels, [(10, 10), (150, 10), (290, 10), (10, 130), (150, 130), (290, 130)]
    )
    second = on_a_page(
        (260, 430), [*others, again], [(30, 20), (170, 5), (300, 25), (20, 140), (230, 150)]
    )
    found = compare(first, second)
    assert found.points["verified"] == SCREENING and not found.whole
    # From (230, 150) to (150, 10), and mirrored: x + 150 becomes 124 - x + 230.
    truth = np.array([[-1, 0, 504], [0, 1, -140], [0, 0, 1]], float)
    assert miss(found.matrix, truth, corners(240, 160, 105, 85)) < 1.5
    assert shared(found.region, corners(150, 10, 125, 105)) > 0.7
    assert shared(in_second(found), corners(230, 150, 125, 105)) > 0.7
