"""The recipe by scikit-image and Pillow against our own, from the same draws."""

import jax
import numpy as np
import pytest

from experiments.benchmarks import per_image
from experiments.benchmarks.images import smooth
from imgforensics.manipulations import ranges, recipe

COUNT = 48


@pytest.fixture(scope="module")
def made():
    """Draws, and the triplets of both, float32 [3, COUNT, 128, 128]."""
    config = ranges.v01()
    random = np.random.default_rng(0)
    anchors, others = smooth(random, COUNT), smooth(random, COUNT)
    keys = jax.random.split(jax.random.key(3), COUNT)
    ours = jax.jit(lambda keys: recipe.triplets(keys, anchors, others, config))(keys)
    drawn = jax.jit(jax.vmap(lambda key: recipe.draw_triplet(key, config)))(keys)
    drawn = jax.tree.map(np.asarray, drawn)
    draws = [jax.tree.map(lambda leaf: leaf[i], drawn) for i in range(COUNT)]
    theirs = [per_image.triplet(*each, config) for each in zip(anchors, others, draws)]
    return drawn, np.stack(ours), np.swapaxes(theirs, 0, 1)


def test_same_triplets(made):
    drawn, ours, theirs = made
    assert theirs.dtype == np.float32 and theirs.shape == ours.shape
    # Every step and kind is among the draws that are compared.
    for deformation in (drawn.same, drawn.different):
        for step in ("reflection", "perspective", "similarity", "gamma", "local_edit"):
            assert deformation.done[step].any()
        assert set(deformation.local_edit.kind) == {0, 1}
    assert all(set(clutter.kind) == {0, 1, 2} for clutter in drawn.clutter)
    differences = np.abs(ours - theirs).mean(axis=(2, 3)) / ours.std(axis=(2, 3))
    assert differences.max() < 0.1 and np.median(differences) < 0.01


def test_what_is_not_resampled_is_equal(made):
    drawn, ours, theirs = made
    still = [np.ones(COUNT, bool)]
    for deformation in (drawn.same, drawn.different):
        done = deformation.done
        still.append(~(done["perspective"] | done["similarity"]))
    still = np.stack(still)
    assert still.sum(axis=1).min() >= 5
    np.testing.assert_allclose(ours[still], theirs[still], atol=1e-5)


@pytest.mark.parametrize("shift", [(0, 0), (7, -12), (-20, 19)])
def test_similarity_shifts_by_whole_pixels(shift):
    image = np.random.default_rng(0).random((256, 256), np.float32)
    shifted = per_image.similarity(image, 0, 100, np.array(shift))
    x, y = shift
    np.testing.assert_allclose(
        shifted[32:-32, 32:-32], image[32 - y : 224 - y, 32 - x : 224 - x], atol=1e-6
    )
    outside = np.ones_like(image, bool)
    outside[max(0, y) : 256 + min(0, y), max(0, x) : 256 + min(0, x)] = False
    assert not shifted[outside].any()
