"""What f proposes of a library: the nearest crops, beside a plain loop."""

import numpy as np
import pytest

from imgforensics.evaluation import proposals
from imgforensics.inference.embed import embed


@pytest.fixture
def among(model, micrographs, monkeypatch):
    monkeypatch.setattr(proposals, "SIDE", 32)
    return proposals.library(model, micrographs, np.arange(50, 54))


@pytest.fixture
def images(micrographs):
    return np.asarray(micrographs.images[:3, 7:39, 9:41])


def all_f(model, among, images):
    """f of each image with each crop of the library, float [q, crops], cut one by one."""
    crops = [
        among.micrographs.images[index, y : y + 32, x : x + 32]
        for index in among.indices
        for y, x in [(y, x) for y in (0, 64, 128) for x in (0, 43, 85, 128)] + [(32, 64)]
    ]
    rows, columns = embed(model, images), embed(model, np.stack(crops))
    return np.abs(rows[:, None] - columns[None]) @ np.asarray(model.metric.alpha)


def test_the_nearest_crops_come_first(model, among, images):
    f, numbers = proposals.propose(model, among, images, each=4)
    every = all_f(model, among, images)
    np.testing.assert_allclose(f, np.sort(every)[:, :4], rtol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(every, numbers, 1), f, rtol=1e-4)


def test_of_a_small_library_all_crops_are_near(model, among, images):
    f, _ = proposals.propose(model, among, images, each=1000)
    assert f.shape == (3, 4 * proposals.CROPS)


def test_a_sample_is_of_what_was_proposed(model, among, images):
    found = proposals.sample(model, among, images, 4, 5, np.random.default_rng(0))
    every = np.sort(all_f(model, among, images))[:, :4]
    np.testing.assert_allclose(found.every.reshape(3, 4), every, rtol=1e-4)
    assert found.pairs.shape == (5, 2) and len(np.unique(found.pairs, axis=0)) == 5
    np.testing.assert_array_equal(found.images[:3], images)
    rows = embed(model, found.images)
    f = np.abs(rows[found.pairs[:, 0]] - rows[found.pairs[:, 1]]) @ np.asarray(model.metric.alpha)
    np.testing.assert_allclose(found.f, f, rtol=1e-4)
