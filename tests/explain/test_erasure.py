import numpy as np
import pytest

from imgforensics.data.real_cases import Cases
from imgforensics.explain import erasure, gradcam
from imgforensics.utils.errors import UserError

_METHODS = {"contrast", *gradcam.METHODS}


def cases(seed=0, copies=3):
    """Four classes of images and copies with other noise; pixels [4:6, 10:12] tell them apart."""
    rng = np.random.RandomState(seed)
    images = rng.randint(60, 120, (4, copies, 16, 16)).astype(np.uint8)
    for number in range(4):
        images[number, :, 4:6, 10:12] = (0, 80, 160, 240)[number]
    labels = np.repeat(["a", "b", "c", "d"], copies)
    return Cases(images.reshape(-1, 16, 16), labels, {})


@pytest.mark.parametrize("of", [gradcam.ALIKE, gradcam.DIFFERENT])
def test_the_only_square_that_matters_is_named(one_place, of):
    """f looks at one place, which is in the square of row 1 and column 2."""
    record = erasure.protocol(one_place, cases(), of, side=4)
    assert record["pairs"] == 8 and record["squares"] == 16 and record["area"] == 1 / 16
    found = record["occlusion"]
    # f is 6 |a - b|. Erased, b is the mean of its image, near 90.
    expected = np.mean([abs(90 - level) for level in (0, 80, 160, 240)]) * 6 / 255
    if of == gradcam.ALIKE:
        assert record["mean_f"] == pytest.approx(0, abs=1e-6)
        assert found["change"] == pytest.approx(expected, abs=0.05)
        assert found["rate"] == found["above_mean"] == 1 and found["rate_interval"][0] > 0.7
        assert record["contrast"]["rate"] < 1
    else:
        assert record["mean_f"] == pytest.approx(6 * 160 / 255)
        # Erasing the middle ones of the levels (80 of 80 and 240) makes f no smaller.
        assert found["change"] == pytest.approx(-expected, abs=0.3) and found["rate"] > 0.7
    assert found["change_of_others"] == pytest.approx(0, abs=1e-6)
    assert set(record) == _METHODS | {"pairs", "squares", "area", "mean_f"}


def test_a_metric_that_sees_nothing_is_at_chance(blind):
    record = erasure.protocol(blind, cases(), gradcam.ALIKE, side=8)
    for method in _METHODS:
        found = record[method]
        assert found["rate"] == 0.5 and found["above_mean"] == 0 and found["change"] == 0
        low, high = found["rate_interval"]
        assert low < 0.5 < high


def test_pairs_of_either_kind():
    labels = np.array(["x", "y", "x", "y", "z", "z", "x"])
    first, second = erasure._pairs(labels, gradcam.ALIKE)
    assert list(zip(first, second)) == [(0, 2), (0, 6), (1, 3), (4, 5)]
    first, second = erasure._pairs(labels, gradcam.DIFFERENT)
    assert list(zip(first, second)) == [(0, 3), (1, 5), (4, 2), (4, 6)]


def test_squares_are_those_that_are_erased():
    image = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    plain, *erased = erasure._variants(image, 4)
    np.testing.assert_array_equal(plain, image[0])
    squares = erasure._squares(image, 4)[0]
    assert squares.shape == (4, 4, 4) and len(erased) == 4
    for number, variant in enumerate(erased):
        changed = erasure._squares(variant, 4)
        assert (changed[number] == 32).all()
        others = [other for other in range(4) if other != number]
        np.testing.assert_array_equal(changed[others], squares[others])


def test_squares_that_leave_a_rest_are_refused(blind):
    with pytest.raises(UserError, match="16 pixels have no whole number of 5"):
        erasure.protocol(blind, cases(), gradcam.ALIKE, side=5)
