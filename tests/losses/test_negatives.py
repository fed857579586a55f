"""Which images are whose negatives."""

import jax
import numpy as np
import pytest

from imgforensics.losses import batch


@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_manipulated_image_of_another_source_is_a_negative_once(size):
    marked = np.asarray(batch.manipulated(np.zeros((3, size, 1)), count=0).negatives)
    # The sources that the same and the different images are made of; anchor i is made of source i.
    sources = [*range(size), *range(size, 2 * size)]
    for anchor in range(size):
        for image, source in enumerate(sources):
            assert marked[anchor, image] == (source != anchor), (anchor, image)


def test_negatives_are_counted_from_the_own_different_image():
    size = 4
    # The columns of same images are 0 to 3, those of different images 4 to 7.
    in_order = {0: [4, 5, 6, 7, 1, 2, 3], 2: [6, 7, 4, 5, 3, 0, 1]}
    for count in range(1, 2 * size):
        marked = np.asarray(batch.manipulated(np.zeros((3, size, 1)), count).negatives)[[0, 2]]
        for row, columns in zip(marked, in_order.values(), strict=True):
            assert set(np.flatnonzero(row)) == set(columns[:count])


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_shares_of_a_batch_see_the_whole(devices):
    embeddings = np.arange(3 * 8 * 2, dtype=np.float32).reshape(3, 8, 2)
    collected = jax.pmap(
        lambda share: batch.manipulated(share, 5, "spread"),
        axis_name="spread",
        devices=jax.devices()[:devices],
    )(np.stack(np.split(embeddings, devices, axis=1)))
    alone = batch.manipulated(embeddings, 5)
    for images in collected.embeddings:
        np.testing.assert_array_equal(images, alone.embeddings)
        np.testing.assert_array_equal(images, [*embeddings[1], *embeddings[2]])
    np.testing.assert_array_equal(collected.negatives.reshape(8, -1), alone.negatives)
