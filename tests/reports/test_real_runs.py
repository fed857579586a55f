"""Figure 3 shows every likelihood once, and errors in red."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from imgforensics.reports.figures import colours
from imgforensics.reports.figures.real_runs import real_runs


def points(figure):
    """Of the squares and of the circles: places, likelihoods and colours of the edges."""
    return [
        (*np.asarray(dots.get_offsets()).T, dots.get_edgecolors())
        for dots in figure.axes[0].collections
    ]


def test_classes_stand_in_the_order_of_their_same_pairs(check_texts):
    rng = np.random.RandomState(0)
    same, different = rng.uniform(size=(2, 10, 54))
    figure = real_runs(same, different)
    order = np.argsort(-same.mean(axis=0))
    for (place, shown, edges), values, right in zip(
        points(figure), (same, different), (same >= 0.5, different < 0.5)
    ):
        np.testing.assert_array_equal(place, np.tile(np.arange(54), 10))
        np.testing.assert_allclose(shown, 100 * values[:, order].ravel())
        red = (edges == to_rgba(colours.RED)).all(axis=1)
        np.testing.assert_array_equal(~red, right[:, order].ravel())
    squares, circles = (dots.get_paths()[0] for dots in figure.axes[0].collections)
    assert len(squares.vertices) == 5 < len(circles.vertices)
    check_texts(figure)


@pytest.mark.parametrize(
    "same,different,reds",
    [(0.9, 0.1, [0, 0]), (0.5, 0.49, [0, 0]), (0.49, 0.1, [1, 0]), (0.9, 0.5, [0, 1])],
)
def test_one_half_is_the_same(same, different, reds):
    figure = real_runs(np.full((1, 1), same), np.full((1, 1), different))
    assert [tuple(edges[0]) == to_rgba(colours.RED) for _, _, edges in points(figure)] == [
        bool(red) for red in reds
    ]
