"""Drawn blots: the same bytes from the same seed, alike in layout only."""

import numpy as np

from imgforensics.data import blots


def test_blots_of_one_layout_share_it_and_nothing_else():
    drawn = blots.of_layouts(layouts=3, each=2, seed=4)
    assert drawn.images.shape == (6, 256, 256) and drawn.images.dtype == np.uint8
    assert list(drawn.classes) == [f"layout_{number:04d}" for number in (0, 0, 1, 1, 2, 2)]
    assert len(set(drawn.sources)) == 6
    rows = drawn.images[:, 64:192, 64:192].reshape(6, -1).astype(float)
    likeness = np.corrcoef(rows)
    assert (likeness[[0, 2, 4], [1, 3, 5]] > 0.3).all()
    assert (likeness[np.triu_indices(6, 1)] < 0.98).all()
    again = blots.of_layouts(layouts=2, each=2, seed=4)
    np.testing.assert_array_equal(again.images, drawn.images[:4])
    other = blots.of_layouts(layouts=1, each=1, seed=5)
    assert not np.array_equal(other.images[0], drawn.images[0])


def test_those_to_train_on_are_others_and_every_other_layout_is_bright_on_dark():
    drawn = blots.to_train_on(count=10, seed=4)
    assert list(drawn.classes) == [f"layout_{number:04d}" for number in (*[0] * 4, *[1] * 4, 2, 2)]
    assert len(set(drawn.names)) == len(set(drawn.sources)) == 10
    ground = np.median(drawn.images, axis=(1, 2))
    assert (ground[[0, 1, 2, 3, 8, 9]] > 128).all() and (ground[4:8] < 128).all()
    few = blots.to_train_on(count=3, seed=4)
    np.testing.assert_array_equal(few.images, drawn.images[:3])
    judged = blots.of_layouts(layouts=1, each=4, seed=4).images
    assert not any(np.array_equal(one, other) for one in judged for other in drawn.images[:4])
