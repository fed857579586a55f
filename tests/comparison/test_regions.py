"""Several regions, elongated images, and regions within one image, with the package's weights."""

import itertools

import cv2
import numpy as np
import pytest
from scenes import crop, gamma, jpeg, noisy, nuclei, on_a_page, pasted, picture

from imgforensics.comparison import page, regions, tiles, words
from imgforensics.comparison.compare import Repeats, compare

STARS, RETINA, TISSUE, CELLS = "hubble_deep_field.jpg", "retina.jpg", "ihc.png", "cell.png"


def corners(left, top, width, height):
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def likeness(region, first, second):
    """The lesser intersection over union of a region's rectangles with true ones."""
    pairs = (region.corners, first), (region.corners_in_second, second)
    return min(regions.overlap(*pair) for pair in pairs)


def strip(name, at, height, width):
    return crop(picture(name), at, height, width)


def ends(height, width, common):
    """Two strips of which the left end of one is the right end of the other; another strip."""
    first = strip(STARS, (20, 300), height, width)
    other = strip(STARS, (20, 600), height, width)
    second = pasted(other, first[:, :common], (width - common, 0))
    return first, second, other


@pytest.mark.parametrize(
    "height,width,common",
    [(60, 900, 400), (200, 800, 200), (48, 960, 420), (150, 300, 160), (64, 64 * 6, 150)],
)
def test_what_elongated_images_share_is_found(height, width, common):
    first, second, other = ends(height, width, common)
    found = compare(first, second)
    assert found.verdict == "same" and not found.whole
    (region,) = found.regions
    there = corners(width - common, 0, common, height)
    assert likeness(region, corners(0, 0, common, height), there) > 0.7
    if height == 60:
        assert not compare(first, other).same


def test_a_strip_that_was_turned_and_mirrored():
    first, second, _ = ends(60, 900, 400)
    found = compare(first, np.rot90(second[:, ::-1]).copy())
    # Mirrored, what was the right end is the left one, and is the lower end once turned.
    there = corners(0, 500, 60, 400)
    assert found.same and likeness(found.regions[0], corners(0, 0, 400, 60), there) > 0.7


def panels(*places, height=120, width=150):
    return [crop(picture(name), at, height, width) for name, at in places]


def test_all_panels_that_two_figures_share_are_found():
    own = panels((TISSUE, (20, 20)), (STARS, (400, 300)), (RETINA, (600, 600)), (CELLS, (200, 200)))
    others = panels((TISSUE, (300, 300)), (STARS, (700, 600)), (RETINA, (300, 700)))
    first = on_a_page((280, 340), own, [(10, 10), (180, 10), (10, 150), (180, 150)])
    again = [own[0][:, ::-1], gamma(own[1], 1.3), own[2]]
    second = on_a_page(
        (430, 520), [*again, *others],
        [(350, 20), (20, 290), (180, 150), (20, 10), (190, 10), (350, 290)],
    )  # fmt: skip
    found = compare(first, second)
    truths = [((10, 10), (350, 20)), ((180, 10), (20, 290)), ((10, 150), (180, 150))]
    assert found.verdict == "same" and len(found.regions) == 3
    for one, other in truths:
        boxes = corners(*one, 150, 120), corners(*other, 150, 120)
        assert max(likeness(region, *boxes) for region in found.regions) > 0.7
    scores = [region.verified for region in found.regions]
    assert scores == sorted(scores) and scores[0] == found.verified
    lines = words.describe(found)
    assert lines[0] == "same: A and B have 3 parts in common"
    assert [line[:5] for line in lines[4:7]] == ["1: B ", "2: B ", "3: B "]
    assert sum("mirrored" in line for line in lines) == 1


def cloned(image, at, side, to, change=lambda image: image, degrees=0.0, scale=1.0):
    """An image with a square of it pasted elsewhere, and the corners of both."""
    square = change(crop(image, at, side, side))
    middle = (side - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), degrees, scale)
    turn[:, 2] += to
    size = image.shape[::-1]
    laid = cv2.warpAffine(square, turn, size, flags=cv2.INTER_CUBIC)
    there = cv2.warpAffine(np.full((side, side), 255, np.uint8), turn, size) > 128
    box = corners(0, 0, side, side)
    moved = regions.moved(box, np.vstack([turn, [0, 0, 1]]))
    return np.where(there, laid, image), corners(*at, side, side), moved


CLONES = {
    "as it is": {},
    "mirrored": {"change": lambda image: image[:, ::-1].copy()},
    "turned": {"degrees": 35.0},
    "enlarged": {"scale": 1.25},
    "brighter": {"change": lambda image: np.uint8(image * 0.8 + 40)},
}


@pytest.mark.parametrize("how", CLONES)
def test_a_region_that_was_cloned_is_found(how):
    image = crop(picture(TISSUE), (100, 100), 256, 256)
    image, here, there = cloned(image, (10, 20), 90, (140, 130), **CLONES[how])
    found = compare(jpeg(image, 90))
    assert isinstance(found, Repeats) and found.verdict == "same"
    (region,) = found.regions
    assert max(likeness(region, here, there), likeness(region, there, here)) > 0.6
    told = words.describe(found)
    assert told[0] == "same: a part of A lies elsewhere in it, too"
    assert ("mirrored" in told[1]) is (how == "mirrored")
    assert found.to_dict()["regions"][0]["verdict"] == "same"
    assert "f" not in found.to_dict()


def lattice():
    y, x = np.mgrid[:256, :256]
    waves = np.cos(2 * np.pi * x / 17) + np.cos(2 * np.pi * (x / 2 + 0.87 * y) / 17)
    return noisy(128 + 40 * waves, 6)


def stripes():
    y, x = np.mgrid[:256, :256]
    return noisy(128 + 80 * np.sign(np.sin(2 * np.pi * (x + 0.3 * y) / 23)), 6)


def array():
    """The same cell in rows and columns, each with noise of its own."""
    cell = nuclei(3, 32, 1, (8, 12))
    return noisy(np.tile(cell, (8, 8)), 8)


def many_nuclei():
    return nuclei(6, 256, 40, (9, 13))


TEXTURES = {
    "lattice": lattice,
    "stripes": stripes,
    "array": array,
    "nuclei": many_nuclei,
    "coins": lambda: picture("coins.png"),
    "bricks": lambda: crop(picture("brick.png"), (0, 0), 256, 256),
    "grass": lambda: crop(picture("grass.png"), (0, 0), 256, 256),
}


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_is_no_clone(name):
    found = compare(TEXTURES[name]())
    assert not found.same and not found.regions
    assert "no part of A lies elsewhere" in words.describe(found)[0] or found.judged.reasons


@pytest.mark.parametrize("shape", [(100, 100), (60, 360), (360, 60), (300, 100), (20, 400)])
def test_elongated_images_are_as_large_on_the_page_as_others(shape):
    height, width = page.size(shape, 380, 4)
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.03)
    assert 0.7 * 380**2 < height * width < 1.02 * 380**2


def test_panels_stand_beside_each_other_and_below_if_they_are_wide():
    for shape, columns in (((100, 150), 4), ((100, 600), 2), ((10, 200), 1)):
        panels = [page.Panel("a", np.zeros((*page.size(shape, 380, 4), 3), np.uint8))] * 4
        drawn = np.asarray(page.draw(["same"], "red", [panels]))
        rows = np.flatnonzero(np.diff((drawn == 0).all(axis=2).any(axis=1).astype(int)) > 0)
        assert len(rows) == 4 // columns


def test_tiles_where_a_region_is_known_are_not_looked_at_again():
    boxes = np.array([(x, y, 50) for x, y in itertools.product((0, 50, 100), repeat=2)], float)
    f = np.random.default_rng(0).uniform(1, 2, (9, 9))
    f[0, 8] = 0.1  # in the known region in both
    f[0, 3] = 0.2  # in the first image only
    known = [(corners(0, 0, 60, 60), corners(90, 90, 60, 60))]
    assert tiles.closest(f, boxes, boxes, [])[0] == (0, 8)
    assert tiles.closest(f, boxes, boxes, known)[0] == (0, 3)
