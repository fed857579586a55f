"""Copies fit in one way only; bands, coins and lattices fit in many."""

import functools

import cv2
import jax
import numpy as np
import pytest
from skimage import data

from imgforensics.painters.blots import blot
from imgforensics.verification import dense, distinct, evidence, verdict

WHOLE = np.ones((128, 128), bool)


def fine(image):
    return evidence.soften(dense.even(image, distinct.WINDOW))


draw = jax.jit(blot)


@functools.cache
def drawn(layout, details):
    key = jax.random.key(1)
    image = draw(jax.random.fold_in(key, layout), jax.random.fold_in(key, details))
    return np.asarray(np.rint(255 * np.asarray(image)), np.uint8)[64:192, 64:192]


def coins(left, top, side=150):
    crop = data.coins()[top : top + side, left : left + side]
    return cv2.resize(crop, (128, 128), interpolation=cv2.INTER_AREA)


def published(image):
    """Saved as JPEG at another size and contrast, with a little noise."""
    noise = np.random.default_rng(0).normal(0, 3, image.shape)
    paler = np.clip(0.8 * image.astype(float) + 30 + noise, 0, 255).astype(np.uint8)
    small = cv2.resize(paler, None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA)
    saved = cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], 0)
    return cv2.resize(saved, (128, 128), interpolation=cv2.INTER_CUBIC)


def gathered(first, second):
    return evidence.gather(evidence.prepare(first), evidence.prepare(second))


@pytest.mark.parametrize("layout", range(4))
def test_blots_of_one_layout_are_told_from_copies(layout):
    first, second = drawn(layout, 1), drawn(layout, 2)
    assert gathered(first, second).distinctness < verdict.STRONG_DISTINCTNESS
    assert gathered(first, published(first)).distinctness > verdict.STRONG_DISTINCTNESS


@pytest.mark.parametrize("places", [((5, 5), (220, 5)), ((20, 40), (140, 150))])
def test_fields_of_coins_are_told_from_copies(places):
    first, second = (coins(*place) for place in places)
    assert gathered(first, second).distinctness < verdict.STRONG_DISTINCTNESS
    assert gathered(first, published(first)).distinctness > 2 * verdict.STRONG_DISTINCTNESS


def test_a_lattice_fits_everywhere():
    rows, columns = np.mgrid[:128, :128]
    lattice = np.uint8(127 + 60 * np.sin(rows / 2) * np.sin(columns / 2))
    assert distinct.visible(fine(lattice)) > 50
    assert distinct.distinctness(fine(lattice), fine(lattice), WHOLE) < 1


def test_nothing_is_seen_in_what_is_flat_or_tiny():
    flat = np.full((128, 128), 200, np.uint8)
    assert distinct.visible(fine(flat)) == 0
    assert distinct.distinctness(fine(flat), fine(drawn(0, 1)), WHOLE) == 0
    assert distinct.visible(fine(flat[:16, :16])) == 0
    assert distinct.distinctness(fine(flat[:16, :16]), fine(flat[:16, :16]), WHOLE[:16, :16]) == 0


def test_only_what_is_common_counts():
    rng = np.random.default_rng(0)
    clouds = cv2.GaussianBlur(rng.normal(0, 1, (128, 128)), (0, 0), 2)
    noise = fine(np.uint8(np.clip(127 + 60 * clouds / clouds.std(), 0, 255)))
    half = WHOLE.copy()
    half[:, 64:] = False
    whole = distinct.distinctness(noise, noise, WHOLE)
    assert 0.3 * whole < distinct.distinctness(noise, noise, half) < 0.6 * whole
    assert distinct.distinctness(noise, noise, ~WHOLE) == 0
