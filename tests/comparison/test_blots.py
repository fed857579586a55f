"""What lies alike but is not the same: verdicts by the weights that come with the package."""

import functools

import cv2
import numpy as np
import pytest
from scenes import picture

from imgforensics import pretrained
from imgforensics.comparison.compare import compare
from imgforensics.data import blots
from imgforensics.evaluation import verdicts
from imgforensics.inference import weights
from imgforensics.verification import calibration, verdict, verified

LAYOUTS = 6


@functools.cache
def drawn():
    """Two blots of each layout, uint8 [6, 2, 256, 256]."""
    return blots.of_layouts(LAYOUTS, 2, seed=20).images.reshape(LAYOUTS, 2, 256, 256)


def small(image):
    return cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)


def coins(left, top):
    return small(picture("coins.png")[top : top + 150, left : left + 150])


def plain(band):
    """One soft band on an even ground."""
    rows, columns = np.mgrid[:128, :128]
    shape = np.exp(-(((rows - 64) / 5) ** 4) - ((columns - 64) / 30) ** 4)
    return np.uint8(np.rint(225 - band * shape))


def judged(first, second):
    """The verdict on two whole images, uint8 [n, 128, 128] each."""
    model = pretrained.load_pretrained()
    fitted = calibration.load(calibration.beside(pretrained.path()), weights.fingerprint(model))
    number = np.arange(len(first))
    images, pairs = np.concatenate([first, second]), np.stack([number, number + len(first)], 1)
    f = verified.distances(model, images, pairs)
    return [
        verdict.judge(fitted, found, calibration.score(fitted, found, value), value).name
        for found, value in zip(verified.gather(images, pairs), f.tolist())
    ]


def test_blots_of_one_layout_are_not_the_same():
    first, second = (np.stack(list(map(small, some))) for some in drawn().swapaxes(0, 1))
    names = judged(first, second)
    assert not {verdict.SAME, verdict.PROBABLY_SAME} & set(names)


def test_blots_that_were_saved_again_or_mirrored_are_the_same():
    rng = np.random.default_rng(0)
    first = np.stack(list(map(small, drawn()[:, 0])))
    again = np.stack([verdicts.saved(image, rng) for image in drawn()[:, 0]])
    turned = np.stack([cv2.rotate(image[:, ::-1], cv2.ROTATE_90_CLOCKWISE) for image in first])
    names = judged(np.concatenate([first, first]), np.concatenate([again, turned]))
    assert verdict.DIFFERENT not in names and names.count(verdict.SAME) >= 11
    # Contrast made all bands of one even black, and left nothing else that JPEG did not change.
    assert names[5] == verdict.CANT_TELL


def test_fields_of_coins_are_not_the_same_unless_they_are():
    places = (5, 5), (220, 5), (20, 150), (200, 150)
    first = np.stack([coins(*places[i]) for i in (0, 0, 1, 2)])
    second = np.stack([coins(*places[i]) for i in (1, 2, 3, 3)])
    assert not {verdict.SAME, verdict.PROBABLY_SAME} & set(judged(first, second))
    paler = np.uint8(first // 2 + 60)[:, ::-1]
    assert set(judged(first, paler)) == {verdict.SAME}


def test_of_a_plain_band_nobody_can_tell():
    assert judged(plain(120)[None], plain(130)[None]) == [verdict.CANT_TELL]


@pytest.mark.parametrize("layout", [0, 1])
def test_whole_comparisons_tell_blots_apart(layout):
    first, second = drawn()[layout]
    assert not compare(first, second).same
    copy = compare(first, cv2.convertScaleAbs(first[20:, 30:], alpha=0.8, beta=20))
    assert copy.same and copy.verdict != verdict.CANT_TELL
