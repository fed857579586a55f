"""Figures made of images show the ones that they are meant to."""

import numpy as np
import pytest
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Rectangle

from imgforensics.reports.figures.pairs import pairs
from imgforensics.reports.figures.projection import projection


def levels(count, side=32):
    """Flat images, each of a gray level of its own."""
    return np.linspace(0, 1, count)[:, None, None] * np.ones((side, side))


def shown_pairs(part):
    """Titles, and gray levels of both images, of the pairs in one half of Figure 4."""
    for panel in part.axes:
        for image in panel.get_images():
            picture = np.asarray(image.get_array())
            yield panel.get_title(), picture[10, 10, 0], picture[10, 50, 0]


def test_pairs_are_copies_that_were_found_and_all_kinds_of_errors(check_texts):
    is_same = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    likelihood = np.array([0.9, 0.49, 0.49, 0.5, 0.2, 0.1, 0.77])
    first, second = levels(7), levels(7)[::-1]
    figure = pairs(first, second, is_same, likelihood)
    right, wrong = figure.subfigs
    assert right.get_suptitle() == "right: same pairs (2 of 2)"
    assert wrong.get_suptitle() == "wrong (3 of 3)"
    assert [title for title, *_ in shown_pairs(right)] == [
        "same, likelihood 90%", "same, likelihood 77%",
    ]  # fmt: skip
    assert [title for title, *_ in shown_pairs(wrong)] == [
        "same, likelihood 49%", "diff, likelihood 50%", "same, likelihood 20%",
    ]  # fmt: skip
    found = [gray for part in (right, wrong) for _, *grays in shown_pairs(part) for gray in grays]
    expected = [gray for pair in (0, 6, 1, 3, 4) for gray in (pair / 6, 1 - pair / 6)]
    np.testing.assert_allclose(found, expected)
    check_texts(figure)


def test_of_many_pairs_some_are_shown_and_all_are_counted(check_texts):
    figure = pairs(levels(40), levels(40), np.ones(40, bool), np.full(40, 0.8))
    right, wrong = figure.subfigs
    assert len(list(shown_pairs(right))) == 15 and not list(shown_pairs(wrong))
    assert right.get_suptitle() == "right: same pairs (15 of 40)"
    assert wrong.get_suptitle() == "wrong (0 of 0)"
    check_texts(figure)


@pytest.fixture(scope="module")
def plane():
    rng = np.random.RandomState(0)
    place = rng.standard_normal((60, 2)) * [3, 1]
    return np.concatenate([place, place + 0.1])


def test_thumbnails_lie_at_their_places(plane, check_texts):
    images = np.concatenate([levels(60, 70), levels(60, 70)])
    figure = projection(images, plane, np.array([0.5, 0.25]))
    whole, *parts = figure.axes
    boxes = [box for box in whole.get_children() if isinstance(box, AnnotationBbox)]
    np.testing.assert_allclose([box.xy for box in boxes], plane)
    for number, box in enumerate(boxes):
        thumbnail = np.asarray(box.offsetbox.get_data())
        assert thumbnail.shape == (35, 35)
        np.testing.assert_allclose(thumbnail, (number % 60) / 59)
    assert whole.get_xlabel() == "first principal component (50% of the variance)"
    frames = [patch for patch in whole.patches if isinstance(patch, Rectangle)]
    assert len(frames) == len(parts) == 3
    for frame, part in zip(frames, parts):
        (left, bottom), (right, top) = frame.get_bbox().min, frame.get_bbox().max
        np.testing.assert_allclose(part.get_xlim(), (left, right))
        inside = (plane > (left, bottom)).all(axis=1) & (plane < (right, top)).all(axis=1)
        shown = [box.xy for box in part.get_children() if isinstance(box, AnnotationBbox)]
        np.testing.assert_allclose(shown, plane[inside])
        assert len(shown) >= 14
        both = inside[:60] & inside[60:]
        assert len(part.get_lines()) == both.sum()
    check_texts(figure)


def test_few_images_and_equal_embeddings_can_be_drawn():
    projection(levels(4), np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]]), np.array([0.5, 0.5]))
    projection(levels(4), np.zeros((4, 2)), np.zeros(2))
