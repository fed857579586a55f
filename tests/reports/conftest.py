"""What tests of figures read back from them."""

import itertools

import pytest
from matplotlib.axis import Axis
from matplotlib.text import Text


def shown_texts(figure):
    """All texts that are drawn, with their boxes in pixels."""
    figure.draw_without_rendering()
    hidden = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low <= tick.get_loc() <= high or not axis.axes.axison:
                hidden |= {tick.label1, tick.label2}
    return [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text() and text not in hidden
    ]


@pytest.fixture
def check_texts():
    """Fails where texts cover each other, are cut off, or are too small to read."""

    def check(figure):
        texts = shown_texts(figure)
        assert texts
        page = figure.bbox
        for text, box in texts:
            assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1, text
            assert page.y0 - 1 <= box.y0 and box.y1 <= page.y1 + 1, text
        for (one, first), (other, second) in itertools.combinations(texts, 2):
            assert not first.padded(-1).overlaps(second.padded(-1)), (one, other)
        assert min(text.get_fontsize() for text in figure.findobj(Text)) >= 8

    return check
