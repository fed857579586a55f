import numpy as np
import pytest

from imgforensics.explore import sprite


@pytest.mark.parametrize("count, columns", [(1, 1), (2, 2), (5, 3), (9, 3)])
def test_thumbnails_lie_row_by_row(count, columns):
    images = np.random.RandomState(0).randint(0, 256, (count, 16, 16)).astype(np.uint8)
    picture, side, in_a_row = sprite.sheet(images)
    levels = np.asarray(picture)
    assert (side, in_a_row) == (16, columns) and levels.shape == (16 * columns, 16 * columns)
    for number in range(columns**2):
        row, column = divmod(number, columns)
        tile = levels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        assert (tile == (images[number] if number < count else 255)).all()


def test_many_images_are_made_smaller():
    """Means of blocks of pixels, on a sheet that is no larger than 4096 pixels."""
    images = np.zeros((33 * 32, 128, 128), np.uint8)
    images[:, :, ::2] = 200
    picture, side, columns = sprite.sheet(images)
    assert columns == 33 and side == 4096 // 33 == 124 and picture.size == (4092, 4092)
    picture, side, columns = sprite.sheet(np.broadcast_to(images[:1], (5000, 128, 128)))
    assert (side, columns) == (57, 71) and max(picture.size) <= 4096
    assert abs(np.asarray(picture)[:57, :57].mean() - 100) < 3
