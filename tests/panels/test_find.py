"""Panels of figures whose panels are known."""

import cv2
import drawn
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from imgforensics.panels import drawings
from imgforensics.panels.find import find
from imgforensics.panels.panel import BLOT, CHART, LOGO, MICROGRAPH, TEXT, Box


@pytest.fixture(scope="module")
def images():
    return drawn.pictures()


def union(one, other):
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0) * max(down, 0)
    return shared / (one.area + other.area - shared)


def compared(pixels):
    return [panel.box for panel in find(pixels) if panel.compared]


def best(box, others):
    return max((union(box, other) for other in others), default=0.0)


@pytest.mark.parametrize("gutter", [30, 6, 2])
def test_a_grid_of_pictures(images, gutter):
    figure = drawn.grid(np.random.RandomState(2), images, 2, 3, gutter)
    found = compared(figure.pixels)
    assert len(found) == 6
    assert all(best(box, found) > 0.95 for box in figure.pictures)


@pytest.mark.parametrize(
    "gutter, level, least",
    [(8, 255, 0.95), (2, 255, 0.95), (1, 255, 0.95), (1, 0, 0.95), (6, 0, 0.95), (4, 128, 0.75),
     (0, 0, 0.65)],
)  # fmt: skip
def test_narrow_gutters_and_none(images, gutter, level, least):
    """Some that abut can't be told apart: two crops of one picture, or of two that are dark."""
    found, panels = [], 0
    for seed in range(12):
        rng = np.random.RandomState(seed)
        figure = drawn.tiled(rng, images, rng.randint(1, 4), rng.randint(2, 4), gutter, level)
        boxes = compared(figure.pixels)
        found += [best(box, boxes) >= 0.8 for box in figure.pictures]
        panels += len(boxes)
    assert len(found) == 66
    assert np.mean(found) >= least
    assert panels <= 1.05 * len(found)


def test_small_pictures_beside_a_large_one_are_kept(images):
    """They abut, and are small; but what a data bar is, is a strip."""
    rng = np.random.RandomState(0)
    large = drawn.crop(rng, images[3], 220, 400) // 2 + 100
    small = [drawn.crop(rng, images[index], 110, 120) for index in (2, 0)]
    found = compared(np.hstack([large, np.vstack(small)]))
    for box in (Box(0, 0, 400, 220), Box(400, 0, 520, 110), Box(400, 110, 520, 220)):
        assert best(box, found) > 0.9


def test_pictures_that_abut(images):
    """They are told apart where their levels differ by more than their textures do."""
    rng = np.random.RandomState(0)
    levels = {0: 0, 3: 190, 2: 120, 4: 40}
    crops = [
        drawn.crop(rng, images[index], 180, 200) // 4 + level for index, level in levels.items()
    ]
    found = compared(np.block([crops[:2], crops[2:]]).astype(np.uint8))
    expected = [Box(200 * column, 180 * row, 200 * column + 200, 180 * row + 180)
                for row in (0, 1) for column in (0, 1)]  # fmt: skip
    assert found == expected


def test_many_figures(images):
    pictures, charts, found, drawn_compared = [], [], 0, 0
    for seed in range(24):
        rng = np.random.RandomState(seed)
        rows, columns = rng.randint(1, 4), rng.randint(1, 4)
        figure = drawn.grid(rng, images, rows, columns, 30, charts=0.5)
        panels = find(figure.pixels)
        boxes = [panel.box for panel in panels if panel.compared]
        pictures += [best(box, boxes) for box in figure.pictures]
        charts += [best(box, [panel.box for panel in panels if panel.kind == CHART])
                   for box in figure.charts]  # fmt: skip
        found += len(boxes)
        drawn_compared += sum(best(box, figure.pictures) < 0.2 for box in boxes)
    assert len(pictures) > 35 and len(charts) > 35
    assert np.mean(np.array(pictures) >= 0.8) >= 0.95
    assert np.mean(np.array(charts) >= 0.8) >= 0.95
    assert drawn_compared <= 0.1 * found


def test_what_is_not_compared_says_why(images):
    figure = drawn.grid(np.random.RandomState(1), images, 1, 3, 30, charts=0.6)
    panels = find(figure.pixels)
    assert {panel.kind for panel in panels} == {MICROGRAPH, CHART}
    for panel in panels:
        assert panel.compared == (panel.kind == MICROGRAPH) == (panel.reason == "")


def test_panels_come_row_by_row(images):
    figure = drawn.grid(np.random.RandomState(2), images, 2, 2, 30)
    found = compared(figure.pixels)
    assert found == sorted(found, key=lambda box: (box.top, box.left))


def test_one_picture_is_one_panel(images):
    for image in images[:3]:
        [panel] = find(image)
        assert union(panel.box, Box(0, 0, *image.shape[::-1])) > 0.97


def test_large_figures_have_boxes_in_their_own_pixels(images):
    figure = drawn.grid(np.random.RandomState(2), images, 2, 2, 30)
    large = np.asarray(Image.fromarray(figure.pixels).resize(
        [4 * side for side in figure.pixels.shape[::-1]], 3))  # fmt: skip
    found = compared(large)
    assert all(best(Box(*(4 * value for value in box)), found) > 0.95 for box in figure.pictures)


def test_a_data_bar_is_left_out(images):
    rng = np.random.RandomState(0)
    picture = drawn.crop(rng, images[3], 300, 400) // 2 + 120
    bar = Image.fromarray(drawn.crop(rng, images[3], 30, 400) // 5)  # not quite black, either
    ImageDraw.Draw(bar).text((10, 8), "20.0 kV   x 5 000   10 um", fill=255)
    [box] = compared(np.vstack([picture, np.asarray(bar)]))
    assert abs(box.bottom - 300) <= 2


def test_strips_are_blots():
    rng = np.random.RandomState(0)
    rows, columns = np.mgrid[:60, :360]
    blot = 215 - 150 * np.exp(-(((rows - 30) / 7.0) ** 2)) * (np.cos(columns / 9.0) > 0.2)
    blot = np.asarray(Image.fromarray((blot + rng.randn(60, 360) * 3).clip(0, 240)
                                      .astype(np.uint8)).resize((360, 60), 3))  # fmt: skip
    page = np.full((200, 420), 255, np.uint8)
    page[40:100, 30:390] = blot
    [panel] = find(page)
    assert panel.kind == BLOT and panel.compared
    assert union(panel.box, Box(30, 40, 390, 100)) > 0.9


@pytest.mark.parametrize("ground", [255, 225], ids=["white", "framed and grey"])
@pytest.mark.parametrize("quality", [None, 60], ids=["exact", "JPEG"])
def test_a_busy_flowchart_is_no_micrograph(images, ground, quality):
    """It stays a piece or two, however many boxes and shaded cells it has; what is beside it is
    found."""
    for seed in range(8):
        rng = np.random.RandomState(seed)
        chart = np.minimum(drawn.flowchart(rng, 420, width := int(rng.randint(420, 640))), ground)
        if ground < 255:
            chart[:2] = chart[-2:] = chart[:, :2] = chart[:, -2:] = 0
        page = np.full((460, width + 480), 255, np.uint8)
        page[20:440, 20 : 20 + width] = chart
        beside = [
            Box(left, top, left + 200, top + 200)
            for top in (20, 230)
            for left in (width + 40, width + 250)
        ]
        for number, box in enumerate(beside):
            box.of(page)[:] = drawn.crop(rng, images[(seed + number) % len(images)], 200, 200)
        if quality:
            page = cv2.imdecode(
                cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0
            )
        found = [panel for panel in find(page) if panel.box.left < width + 20]
        assert 1 <= len(found) <= 3 and not any(panel.compared for panel in found), (seed, found)
        assert all(best(box, compared(page)) > 0.9 for box in beside), seed


def text(width, height, words, size):
    image = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(image).multiline_text((10, 10), words, fill=0, font=font)
    return np.asarray(image)


def test_text_and_logos():
    [panel] = find(text(1100, 900, "\n".join(["lines of a page that was scanned"] * 30), 20))
    assert panel.kind == TEXT and not panel.compared
    [panel] = find(text(300, 120, "LOGO", 60))
    assert panel.kind == LOGO and not panel.compared


@pytest.mark.parametrize("shape", [(1, 1), (3, 5000), (5000, 2), (40, 40)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_odd_sizes_and_blank_figures(shape, level):
    assert not compared(np.full(shape, level, np.uint8))


def test_pictures_are_not_part_of_drawings():
    ink = np.zeros((400, 600), bool)
    ink[50:350, 40] = ink[350, 40:260] = True  # axes
    ink[100:300, 300:500] = True  # a picture
    [(box, kind)] = drawings.group(ink, [Box(300, 100, 500, 300)], 400 * 600)
    assert kind == CHART and union(box, Box(40, 50, 260, 351)) > 0.95
