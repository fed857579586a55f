"""Parts between gutters, and the rectangles among lines and letters."""

import numpy as np

from imgforensics.panels import cuts
from imgforensics.panels.panel import Box

LEAST = 16


def cut(ink):
    return list(cuts.parts(ink, Box(0, 0, *ink.shape[::-1]), LEAST))


def test_gutters_part_rows_and_columns():
    ink = np.zeros((220, 320), bool)
    boxes = [Box(10, 10, 150, 100), Box(160, 10, 310, 100), Box(10, 110, 310, 210)]
    for box in boxes:
        box.of(ink)[:] = True
    assert sorted(cut(ink)) == sorted(boxes)


def test_a_rectangle_among_lines():
    """A frame crosses all gutters, and no line of pixels is dense: only the rectangle is solid."""
    ink = np.zeros((400, 500), bool)
    ink[20:380, 20:480] = True
    ink[28:372, 28:472] = False  # a frame of 8 pixels
    picture = Box(60, 80, 260, 200)
    picture.of(ink)[:] = True
    ink[140:148, 260:480] = True  # an arrow to it
    assert cut(ink) == [picture]


def test_ink_that_sets_in_gradually_is_no_side_of_a_picture():
    """A face on white is wider at the ears: it isn't cut there."""
    rows, columns = np.mgrid[:400, :300]
    oval = ((rows - 200) / 190) ** 2 + ((columns - 150) / 140) ** 2 < 1
    [box] = cut(oval)
    assert box.width > 270 and box.height > 370


def test_ink_that_blurs_in_beside_a_cut_doesnt_hide_gutters():
    ink = np.zeros((100, 300), bool)
    ink[:, :140] = ink[:, 160:] = True
    ink[:1] = True  # the lowest line of the picture above
    assert len(cut(ink)) == 2


def test_blank_and_small_regions_have_no_parts():
    assert cut(np.zeros((50, 60), bool)) == []
    ink = np.zeros((50, 60), bool)
    ink[:8, :8] = True
    assert cut(ink) == []
