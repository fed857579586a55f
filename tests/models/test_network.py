"""The network's switches, shapes and invariances."""

import functools

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from configs import common
from imgforensics.losses import alpha_triplet
from imgforensics.models import build, metric
from imgforensics.models.paper import Network
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")

_SMALL = {"channels": (4, 8), "hidden_features": 16, "embedding_features": 8}


def _images(branches=3, count=4, side=32):
    return jax.random.uniform(jax.random.key(0), (branches, count, side, side))


def _init(network, images):
    return jax.jit(network.init)(jax.random.key(1), images)


@functools.cache
def _drawn(**options):
    """A small network whose parameters are not tiny, and its variables."""
    network = Network(**_SMALL, **options, init_stddev=0.3)
    return network, _init(network, _images())


@functools.cache
def _embedded(**options):
    """What the network of `_drawn` makes of `_images`: embeddings and metric."""
    return _apply(*_drawn(**options), _images())


def _apply(network, variables, images, **how):
    """The network as one program: operation by operation it would be compiled for ten times."""
    return jax.jit(functools.partial(network.apply, **how))(variables, images)


def _count(**options):
    shapes = jax.eval_shape(Network(**options).init, jax.random.key(0), jnp.zeros((3, 1, 128, 128)))
    return sum(leaf.size for leaf in jax.tree.leaves(shapes["params"]))


def test_paper_network_has_the_parameters_of_the_authors():
    convolutions = 9 * (16 + 256) + 16 + 9 * (16 * 32 + 32**2) + 32
    convolutions += 9 * (32 * 64 + 64**2) + 64 + 9 * (64 * 128 + 128**2) + 128
    nin = 16**2 + 32**2 + 64**2 + 128**2
    norms = 2 * (1 + 16 + 32 + 64 + 128 + 1024)
    dense = 8192 * 1024 + 1024 + 1024 * 128 + 128
    assert _count() == convolutions + nin + norms + dense + 128


@pytest.mark.parametrize(
    "options, change",
    [
        ({"nin": False}, -(16**2 + 32**2 + 64**2 + 128**2)),
        ({"lrn": False}, 0),
        ({"batch_normalization": False}, -2 * (1 + 16 + 32 + 64 + 128 + 1024)),
        ({"residual": True}, 16 + 16 * 32 + 32 * 64 + 64 * 128),
        ({"embedding_features": 64}, -64 * (1024 + 1 + 1)),
    ],
)
def test_switches_add_and_remove_their_part(options, change):
    assert _count(**options) - _count() == change


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pixel_normalization": False},
        {"batch_normalization": False},
        {"lrn": False},
        {"nin": False},
        {"residual": True},
        {"first_moments_raw": False},
    ],
)
def test_every_switch_changes_the_embedding(options):
    embeddings, forensic = _embedded(**options)
    assert embeddings.shape == (3, 4, 8) and embeddings.dtype == jnp.float32
    assert forensic.alpha.shape == (8,) and np.isfinite(embeddings).all()
    if options:
        plain, _ = _embedded()
        assert not np.allclose(embeddings, plain)


def test_pixel_normalization_makes_brightness_and_contrast_irrelevant():
    images, (network, variables) = _images(), _drawn()
    embed = lambda x: _apply(network, variables, x, running=True)[0]  # noqa: E731
    np.testing.assert_allclose(embed(images), embed(0.2 + 0.5 * images), rtol=1e-3, atol=1e-3)


def test_branches_share_parameters_and_not_moments():
    images, (network, variables) = jnp.stack([_images(1)[0]] * 3), _drawn()
    batch, _ = _apply(network, variables, images)
    np.testing.assert_array_equal(batch[0], batch[1])
    shifted = images * jnp.array([1.0, 0.5, 0.2])[:, None, None, None]
    _, updated = _apply(network, variables, shifted, mutable="moments")
    running, _ = _apply(network, variables | updated, images, running=True)
    assert not np.allclose(running[0], running[2])
    alone, _ = _apply(network, variables | updated, images[:1], running=True, branches=(2,))
    np.testing.assert_allclose(alone[0], running[2], rtol=1e-5, atol=1e-5)


def _dtypes(tree):
    return {leaf.dtype.name for leaf in jax.tree.leaves(tree)}


def test_bfloat16_computes_close_to_float32_and_keeps_float32_parameters():
    exact, _ = _embedded()
    _, variables = _drawn(dtype=jnp.bfloat16)
    assert _dtypes(variables["params"]) == {"float32"}
    assert _dtypes(variables["moments"]) == {"float32", "int32"}  # which counts updates
    rounded, forensic = _embedded(dtype=jnp.bfloat16)
    assert rounded.dtype == forensic.alpha.dtype == jnp.float32
    assert alpha_triplet(forensic, rounded, ml_collections.ConfigDict()).dtype == jnp.float32
    assert np.corrcoef(exact.ravel(), rounded.ravel())[0, 1] > 0.99


def test_identical_images_are_at_distance_zero_with_finite_gradients():
    images = jnp.stack([_images(1)[0]] * 3)
    network = Network(**_SMALL)
    variables = _init(network, images)

    def total(params):
        embeddings, forensic = network.apply(variables | {"params": params}, images)
        return metric.distance(forensic, embeddings[0], embeddings[1]).sum()

    value, gradient = jax.jit(jax.value_and_grad(total))(variables["params"])
    assert value == 0
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize("shape", [(2, 4, 32, 32), (3, 4, 30, 32), (3, 32, 32)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match="images must have shape|sides divisible by 4"):
        Network(**_SMALL).init(jax.random.key(0), jnp.zeros(shape))


def test_unknown_dtype_is_refused():
    config = common.get_config().model
    config.dtype = "float8"
    with pytest.raises(UserError, match="float32 or bfloat16"):
        build.network(config)


def test_rematerialisation_changes_memory_only():
    images = jax.random.uniform(jax.random.key(1), (3, 4, 16, 16))
    variables = _init(Network(**_SMALL), images)

    def gradients(remat):
        def loss(params):
            network = Network(**_SMALL, remat=remat)
            (embeddings, _), updated = network.apply(
                {**variables, "params": params}, images, mutable="moments"
            )
            return jnp.square(embeddings).sum(), updated

        return jax.grad(loss, has_aux=True)

    plain, again = gradients(False), gradients(True)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
        jax.jit(plain)(variables["params"]),
        jax.jit(again)(variables["params"]),
    )
    programs = [str(jax.make_jaxpr(f)(variables["params"])) for f in (plain, again)]
    assert programs[0].count("remat2[") == 0
    assert programs[1].count("remat2[") >= len(_SMALL["channels"])
