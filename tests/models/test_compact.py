"""The compact network: what no symmetry of the square changes, and what its kernels are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.models import groups
from imgforensics.models.compact import Compact

pytestmark = pytest.mark.usefixtures("hardly_optimized")

SMALL = Compact(
    channels=(1, 2), blocks=(1, 1), pooled_features=8, arranged_features=4, hidden_features=16,
    embedding_features=8,
)  # fmt: skip
IMAGES = jax.random.uniform(jax.random.key(0), (1, 3, 32, 32))


@functools.cache
def variables():
    return jax.jit(functools.partial(SMALL.init, branches=(0,)))(jax.random.key(1), IMAGES)


@jax.jit
def _embed(variables, images):
    return SMALL.apply(variables, images, branches=(0,))[0]


def embed(images):
    return _embed(variables(), images)


def symmetries(image):
    """All eight, by numpy alone."""
    for mirrored in (image, np.fliplr(image)):
        for turns in range(4):
            yield np.rot90(mirrored, turns)


def test_no_symmetry_changes_an_embedding():
    found = embed(IMAGES)[0]
    assert found.shape == (3, 8) and found.dtype == jnp.float32
    for number, image in enumerate(np.asarray(IMAGES[0])):
        views = np.stack(list(symmetries(image)))
        assert len({view.tobytes() for view in views}) == 8
        for view in np.split(views, 8):
            again = embed(jnp.asarray(np.repeat(view[None], 3, axis=1)))[0, 0]
            np.testing.assert_allclose(again, found[number], atol=2e-5)


def test_other_changes_do():
    found = embed(IMAGES)[0]
    scale = float(jnp.abs(found[0] - found[1]).max())
    assert scale > 1e-2
    shifted = embed(jnp.roll(IMAGES, 5, axis=-1))[0]
    transposed_half = IMAGES.at[:, :, :16].set(jnp.swapaxes(IMAGES, -1, -2)[:, :, :16])
    for changed in (shifted, embed(transposed_half)[0]):
        assert float(jnp.abs(changed - found).max()) > 0.02 * scale


def test_the_rest_of_the_batch_plays_no_role():
    others = IMAGES.at[0, 1:].set(0)
    np.testing.assert_allclose(embed(others)[0, 0], embed(IMAGES)[0, 0], atol=1e-6)


def test_all_parameters_matter():
    """Of both stages: but for alpha, which embeddings don't depend on."""
    weights = jax.random.normal(jax.random.key(4), (1, 3, 8))
    total = jax.grad(lambda params: (weights * _embed({"params": params}, IMAGES)).sum())
    gradient = jax.tree_util.tree_leaves_with_path(jax.jit(total)(variables()["params"]))
    still = [jax.tree_util.keystr(path) for path, leaf in gradient if not np.any(leaf)]
    assert len(gradient) > 10 and len(still) == 1 and "alpha" in still[0]


def test_wrong_sides_are_refused():
    for shape in ((1, 2, 32, 40), (1, 2, 36, 36)):
        with pytest.raises(ValueError, match="divisible by 8"):
            SMALL.init(jax.random.key(0), jnp.zeros(shape), branches=(0,))


def test_elements_are_the_eight_symmetries():
    square = jnp.arange(9.0).reshape(3, 3)
    found = {np.asarray(groups.act(square, element)).tobytes() for element in range(groups.ORDER)}
    assert found == {np.ascontiguousarray(view).tobytes() for view in symmetries(square)}


def convolve(images, kernel):
    return jax.lax.conv_general_dilated(
        images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


@pytest.mark.parametrize("size", [1, 3])
def test_group_convolutions_commute_with_symmetries(size):
    """Acting on features moves them about and sends symmetry k to h k."""
    channels, width = 2, 3
    kernel = jax.random.normal(jax.random.key(2), (size, size, 8, channels, width))
    expanded = groups.expand(kernel)
    assert expanded.shape == (size, size, 8 * channels, 8 * width)
    features = jax.random.normal(jax.random.key(3), (1, 6, 6, 8 * channels))

    square = np.arange(9).reshape(3, 3)
    elements = [np.asarray(groups.act(square, h)).tobytes() for h in range(8)]

    def acted(features, h):
        """By the definition: turned, with the channels of k where those of h k belong."""
        each = features[0].reshape(6, 6, 8, -1)
        moved = np.zeros(each.shape, np.float32)
        for k in range(8):
            product = np.asarray(groups.act(groups.act(square, k), h)).tobytes()
            moved[:, :, elements.index(product)] = groups.act(each[:, :, k], h)
        return moved.reshape(1, 6, 6, -1)

    for h in range(8):
        before = convolve(acted(features, h), expanded)
        after = acted(convolve(features, expanded), h)
        np.testing.assert_allclose(before, after, atol=1e-4)


def test_all_weights_of_a_group_kernel_are_used_eight_times():
    kernel = jnp.arange(1.0, 3 * 3 * 8 * 2 * 2 + 1).reshape(3, 3, 8, 2, 2)
    values, counts = np.unique(groups.expand(kernel), return_counts=True)
    assert len(values) == kernel.size and (counts == 8).all()
    values, counts = np.unique(groups.lift(kernel[:, :, 0]), return_counts=True)
    assert len(values) == 36 and (counts == 8).all()


def test_bfloat16_computes_close_to_float32_and_keeps_float32_parameters():
    half = SMALL.clone(dtype=jnp.bfloat16)
    kept = jax.jit(lambda key: half.init(key, IMAGES, branches=(0,)))(jax.random.key(1))
    assert {leaf.dtype.name for leaf in jax.tree.leaves(kept)} == {"float32"}
    rounded, forensic = jax.jit(lambda kept: half.apply(kept, IMAGES, branches=(0,)))(kept)
    assert rounded.dtype == forensic.alpha.dtype == jnp.float32
    assert np.corrcoef(embed(IMAGES).ravel(), rounded.ravel())[0, 1] > 0.99
