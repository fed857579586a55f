"""What recurs at one place of many pages is furniture; what is re-used is not."""

import io

import drawn
import numpy as np
import pytest
from PIL import Image

from imgforensics.panels.furniture import Seen, key, recurring

CORNER, MIDDLE = (0.8, 0.05, 0.95, 0.1), (0.3, 0.4, 0.7, 0.6)


def test_what_recurs_over_documents():
    panels = [Seen(name, 1, CORNER, 7) for name in "abc"] + [Seen("a", 1, CORNER, 8)]
    assert recurring(panels) == {0, 1, 2}
    assert recurring(panels[1:]) == set()


def test_what_recurs_over_pages():
    panels = [Seen("a", page, CORNER, 7) for page in (1, 2, 2, 3)]
    assert recurring(panels) == {0, 1, 2, 3}
    assert recurring(panels[:3]) == set()


def test_an_image_that_is_used_at_other_places_is_none():
    panels = [Seen(name, 1, CORNER, 7) for name in "ab"] + [Seen("c", 4, MIDDLE, 7)]
    assert recurring(panels) == set()


def test_keys_outlive_jpeg_and_tell_pictures_apart():
    images = drawn.pictures()
    keys = [key(image) for image in images]
    assert len(set(keys)) == len(images)
    logo = np.full((60, 200), 255, np.uint8)
    logo[10:50, 20:60], logo[20:40, 90:180] = 0, 120
    file = io.BytesIO()
    Image.fromarray(logo).save(file, "JPEG", quality=85)
    assert key(np.asarray(Image.open(file))) == key(logo)
    assert key(np.asarray(Image.fromarray(logo).resize((400, 120), 3))) == key(logo)


@pytest.mark.parametrize("shape", [(1, 1), (2, 300)])
def test_small_ones_have_keys_too(shape):
    assert key(np.zeros(shape, np.uint8)) == 0
