"""The parts of a figure and their pieces, and what is measured of them."""

import drawn
import numpy as np

from imgforensics.panels import features, parts
from imgforensics.panels.panel import Box


def grid():
    """Two pictures that abut, over another one, and white between."""
    images, rng = drawn.pictures(), np.random.RandomState(0)
    page = np.full((420, 440), 255, np.uint8)
    for box, index, level in (
        (Box(20, 20, 220, 200), 0, 0),
        (Box(220, 20, 420, 200), 3, 190),
        (Box(20, 220, 220, 400), 2, 90),
    ):
        box.of(page)[:] = drawn.crop(rng, images[index], box.height, box.width) // 4 + level
    return page


def test_parts_at_gutters_and_their_pieces_at_seams():
    upper, lower = parts.parts(grid())
    assert upper.box == Box(20, 20, 420, 200) and lower.box == Box(20, 220, 220, 400)
    assert [piece.box for piece in upper.pieces] == [Box(20, 20, 220, 200), Box(220, 20, 420, 200)]
    assert lower.pieces == ()
    assert [part.box for part in parts.flat([upper, lower])] == [
        upper.box, *(piece.box for piece in upper.pieces), lower.box
    ]  # fmt: skip


def test_what_blurs_in_over_a_seam_is_not_measured():
    upper, lower = parts.parts(grid())
    assert upper.pieces[0].inside == Box(28, 28, 212, 192)
    assert lower.inside == lower.box


def test_likelihoods_go_to_parts_in_their_order():
    tree = parts.parts(grid())
    judged = parts.judged(tree, iter([0.1, 0.2, 0.3, 0.4]))
    assert [part.likelihood for part in parts.flat(judged)] == [0.1, 0.2, 0.3, 0.4]
    assert [part.box for part in parts.flat(judged)] == [part.box for part in parts.flat(tree)]


def measured(page):
    tree = parts.parts(page)
    rows = features.measure(page, tree)
    assert rows.shape == (len(list(parts.flat(tree))), len(features.NAMES))
    return [dict(zip(features.NAMES, row)) for row in rows]


def test_what_is_measured_of_a_part_among_others():
    whole, left, right, lower = measured(grid())
    assert [each["others of its size"] for each in (whole, left, right, lower)] == [0, 2, 2, 2]
    assert whole["share of the figure"] == 400 * 180 / (420 * 440)
    assert {each["parts of the figure"] for each in (whole, left, right, lower)} == {2}


def test_what_hangs_on_an_axis_is_a_small_share_of_its_drawing():
    page = np.full((300, 400), 255, np.uint8)
    page[20:280, 20:22] = page[278:280, 20:380] = 0  # axes
    page[100:278, 60:140] = np.random.RandomState(0).randint(60, 90, (178, 80))  # a bar
    page[40:120, 250:350] = np.random.RandomState(1).randint(60, 90, (80, 100))  # stands alone
    shares = {round(each["share of its drawing"], 2) for each in measured(page)}
    assert max(shares) == 1 and min(shares) < 0.3


def test_no_parts_have_no_measures():
    blank = np.full((50, 60), 255, np.uint8)
    assert features.measure(blank, parts.parts(blank)).shape == (0, len(features.NAMES))
