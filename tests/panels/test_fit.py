"""What tells pictures from drawings is fitted and judged by boxes; here those of drawn figures."""

import json

import drawn
import numpy as np
import pytest
from PIL import Image

from experiments.panels import boxed, fit
from imgforensics.panels import pictures
from imgforensics.panels.panel import Box
from imgforensics.utils import digests


def bars(rng):
    """A figure of hatched bars, uint8 [height, width]."""
    page = np.full((260, 460), 255, np.uint8)
    for left in range(20, 420, 70):
        hatching = np.where(np.arange(50) % 7 < 3, 40, rng.randint(90, 200))
        page[250 - rng.randint(80, 220) : 250, left : left + 50] = hatching
    return page


@pytest.fixture(scope="module")
def figures():
    """Six with pictures and charts, and two of bars."""
    images = drawn.pictures()
    made = [drawn.grid(np.random.RandomState(seed), images, 2, 2, 30, 0.5) for seed in range(6)]
    made += [
        drawn.Drawn(bars(np.random.RandomState(seed)), pictures=[], charts=[]) for seed in (0, 1)
    ]
    return [
        boxed.Boxed(f"{number}.png", each.pixels, each.pictures) for number, each in enumerate(made)
    ]


def test_a_fit_tells_pictures_from_bars(figures):
    measures, is_picture = (np.concatenate(each) for each in zip(*map(fit.samples, figures)))
    assert is_picture.sum() == sum(len(figure.pictures) for figure in figures)
    assert not is_picture.all()
    fitted = fit.fit(measures, is_picture)
    counts = [fit.judge(figure, fitted) for figure in figures]
    found = fit.summary(counts)
    assert found["recall"]["value"] == found["precision"]["value"] == 1
    assert found["figures"] == 8 and found["pictures"] == is_picture.sum()


def test_what_is_missed_and_what_is_drawn_is_counted(figures):
    boxes = figures[1].pictures
    assert boxes
    moved = [box._replace(left=box.left + box.width // 2, right=box.right + box.width // 2)
             for box in boxes]  # fmt: skip
    counts = fit.judge(figures[1]._replace(pictures=moved), pictures.shipped())
    assert counts["found"] == 0 and counts["drawn"] == 0 and counts["compared"] == len(boxes)
    counts = fit.judge(figures[1]._replace(pictures=[]), pictures.shipped())
    assert counts["drawn"] == counts["compared"] == len(boxes) and counts["pictures"] == 0


def test_blots_are_counted_among_what_is_found():
    """The strips are called blots; of two pictures that are said to be blots, one is a strip."""
    images = drawn.pictures()
    rng = np.random.RandomState(0)
    page = np.full((420, 640), 255, np.uint8)
    strip, field = Box(20, 20, 420, 110), Box(20, 160, 270, 400)
    for box in (strip, field):
        box.of(page)[:] = drawn.crop(rng, images[2], box.height, box.width)
    figure = boxed.Boxed("a", page, [strip, field], blots=frozenset([strip, field]))
    count = fit.judge(figure, pictures.shipped())
    assert (count["found"], count["blots"]) == (2, 2)
    assert (count["called blots"], count["blots called so"]) == (1, 1)
    found = fit.summary([count])
    assert found["recall of blots"]["value"] == 0.5
    assert found["precision of blots"]["value"] == 1
    count = fit.judge(figure._replace(blots=frozenset()), pictures.shipped())
    assert (count["called blots"], count["blots called so"], count["blots"]) == (1, 0, 0)
    assert fit.summary([count])["recall of blots"] is None


def test_overlaps():
    one, other = Box(0, 0, 10, 10), Box(5, 0, 15, 10)
    assert boxed.overlap(one, other) == 50 and boxed.union(one, other) == 50 / 150
    assert boxed.covered(one, [other, Box(0, 0, 5, 5)]) == 0.75
    assert boxed.overlap(one, Box(20, 20, 30, 30)) == 0


def test_figures_are_found_by_their_pixels(tmp_path, figures):

    for figure in figures[:2]:
        Image.fromarray(figure.pixels).save(tmp_path / figure.document)
    records = []
    for number, figure in enumerate(figures[:2]):
        known = {
            "pixels_sha256": digests.of_pixels(figure.pixels),
            "pictures": [[1, 2, 3, 4], [5, 6, 7, 8]], "blots": [number],
        }  # fmt: skip
        records.append(tmp_path / f"record{number}.json")
        records[-1].write_text(json.dumps({"figures": [known]}))
    [found] = boxed.figures(tmp_path, records[1])
    assert found.document == "1.png" and found.pictures == [Box(1, 2, 3, 4), Box(5, 6, 7, 8)]
    assert found.blots == {Box(5, 6, 7, 8)} and found.record == str(records[1])
    np.testing.assert_array_equal(found.pixels, figures[1].pixels)
    both = sorted(boxed.figures(tmp_path, *records), key=lambda each: each.document)
    assert [each.record for each in both] == [str(record) for record in records]
