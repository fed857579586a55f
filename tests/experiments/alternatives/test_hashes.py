"""Hashes, checked against what their definitions say of some images."""

import numpy as np
import pytest
from PIL import Image

from experiments.alternatives import hashes
from experiments.alternatives.views import dihedral


def picture(seed, side=128):
    """A smooth random picture, uint8 [side, side]."""
    small = np.random.RandomState(seed).randint(0, 256, (8, 8)).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def bits(number, count=5):
    return [bool(number >> place & 1) for place in range(count)]


def test_the_nearest_view_of_the_second_image_counts():
    first = np.array([[bits(0b00111)] + [bits(0b11111)] * 7])
    second = np.array([[bits(0b11000)] * 5 + [bits(0b00101)] + [bits(0b11001)] * 2])
    assert hashes.hamming(first, second).tolist() == [1]
    assert hashes.hamming(second, first).tolist() == [3]  # of 11000 to 11111
    both = hashes.hamming(np.concatenate([first, second]), np.concatenate([second, second]))
    assert both.tolist() == [1, 0]


def cosine_transform(pixels):
    """The lowest 8 x 8 frequencies, term by term."""
    n = len(pixels)
    wave = np.array(
        [[np.cos(np.pi * k * (2 * x + 1) / (2 * n)) for x in range(n)] for k in range(8)]
    )
    found = np.zeros((8, 8))
    for row in range(8):
        for column in range(8):
            found[row, column] = (np.outer(wave[row], wave[column]) * pixels).sum()
    return found


def test_phash_has_the_signs_of_the_lowest_frequencies():
    pytest.importorskip("imagehash")
    image = picture(0)
    reduced = np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.LANCZOS))
    low = cosine_transform(reduced.astype(float))
    [found] = hashes.phash().describe(image[None])
    assert found.shape == (8, 64)
    np.testing.assert_array_equal(found[0], (low > np.median(low)).ravel())


@pytest.mark.parametrize("name,module", [("phash", "imagehash"), ("pdq", "pdqhash")])
def test_turned_and_mirrored_copies_are_found_at_once(name, module):
    pytest.importorskip(module)
    system = getattr(hashes, name)()
    image, other = picture(1), picture(2)
    views = [*dihedral(image), 255 - (255 - image) // 2, other]
    pairs = np.array([[0, second] for second in range(1, 10)])
    distances = system(np.stack(views), pairs)
    bits_of_hash = system.describe(image[None]).shape[-1]
    assert (distances[:7] <= 0.04 * bits_of_hash).all()  # but for rounding, no difference
    assert distances[7] <= 0.04 * bits_of_hash  # paler
    assert distances[8] > 0.2 * bits_of_hash


def test_pdq_is_not_of_one_sign_only():
    pytest.importorskip("pdqhash")
    found = hashes.pdq().describe(np.stack([picture(3)]))
    assert found.shape == (1, 8, 256) and found.dtype == bool
    assert (found.sum(axis=-1) == 128).all()  # half are above the median, by definition
