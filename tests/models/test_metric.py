import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics.models import build, metric
from imgforensics.utils.errors import UserError

FEATURES = 6
PARAMS = {
    "alpha": jnp.array([0.5, -1.0, 2.0, 0.0, 0.25, -0.125]),
    "raw_alpha": jnp.array([-3.0, -1.0, 0.0, 1.0, 3.0, -30.0]),
    "bias": jnp.float32(0.7),
}
MOMENTS = {"threshold": jnp.float32(2.5)}
# alpha, offset and power by hand.
EXPECTED = {
    "alpha_l1": (PARAMS["alpha"], 0.0, 1),
    "positive_alpha_l1": ([np.log1p(np.exp(float(raw))) for raw in PARAMS["raw_alpha"]], 0.0, 1),
    "constant_alpha_l1": ([0.125] * FEATURES, 0.0, 1),
    "biased_alpha_l1": (PARAMS["alpha"], 0.3, 1),
    "l1": ([0.4] * FEATURES, 0.0, 1),
    "squared_l2": ([0.4] * FEATURES, 0.0, 2),
}


def model_config(kind):
    config = common.get_config().model
    config.metric, config.constant_alpha = kind, 0.125
    config.channels, config.hidden_features, config.embedding_features = (4, 4), 8, FEATURES
    return config


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("kind", metric.KINDS)
def test_distance_of_every_kind_is_that_of_the_loop(kind):
    alpha, offset, power = EXPECTED[kind]
    forensic = metric.of(model_config(kind), PARAMS, MOMENTS)
    first, second = draw(2, 5, FEATURES)
    for i, j in np.ndindex(5, 5):
        terms = zip(alpha, first[i], second[j], strict=True)
        f = offset + sum(float(a) * abs(float(x) - float(y)) ** power for a, x, y in terms)
        assert metric.distance(forensic, first[i], second[j]) == pytest.approx(f, abs=1e-5)
    together = metric.distance(forensic, first[:, None], second)
    assert together.shape == (5, 5)
    np.testing.assert_allclose(together[3, 2], metric.distance(forensic, first[3], second[2]), 1e-5)
    np.testing.assert_allclose(metric.distance(forensic, first, first), offset, atol=1e-6)


@pytest.mark.parametrize("kind", metric.KINDS)
def test_networks_metric_is_that_of_its_weights(kind):
    config = model_config(kind)
    network, images = build.network(config), jnp.zeros((3, 1, 8, 8))
    shapes = jax.eval_shape(lambda: network.init(jax.random.key(0), images))
    declared = {**shapes["params"], **shapes["moments"]}
    values = PARAMS | MOMENTS
    assert set(metric.KINDS[kind].needs) == declared.keys() & values.keys()
    for name in metric.KINDS[kind].needs:
        assert declared[name].shape == values[name].shape
    # Nothing but the metric is needed of the network's result, so that no image is embedded.
    rest = jax.tree.map(lambda leaf: np.ones(leaf.shape, leaf.dtype), shapes)
    variables = {
        part: rest[part] | {name: values[name] for name in rest[part].keys() & values.keys()}
        for part in rest
    }
    forensic = jax.jit(lambda variables: network.apply(variables, images)[1])(variables)
    kept = metric.of(config, variables["params"], variables["moments"])
    for one, other in zip(jax.tree.leaves(forensic), jax.tree.leaves(kept), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert forensic.squared == kept.squared and forensic.alpha.shape == (FEATURES,)


def test_network_of_squared_distances_gives_unit_embeddings():
    network = build.network(model_config("squared_l2"))
    images = np.random.default_rng(0).random((3, 2, 8, 8), np.float32)
    (embeddings, _), _ = jax.jit(network.init_with_output)(jax.random.key(0), images)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=-1), 1, rtol=1e-5)


def test_positive_alpha_makes_a_metric_on_embeddings_and_starts_as_the_mean():
    forensic = metric.of(model_config("positive_alpha_l1"), PARAMS, {})
    assert (forensic.alpha > 0).all()
    x, y, z = draw(3, 50, FEATURES)
    xy, yz, xz = (metric.distance(forensic, *pair) for pair in ((x, y), (y, z), (x, z)))
    assert (xy > 0).all() and (xz <= xy + yz + 1e-5).all()
    np.testing.assert_array_equal(xy, metric.distance(forensic, y, x))
    np.testing.assert_array_equal(metric.distance(forensic, x, x), 0)
    start = jnp.full(128, metric.initial_raw_alpha(128))
    np.testing.assert_allclose(jax.nn.softplus(start), 1 / 128, rtol=1e-5)


def loop_threshold(same, different):
    ordered = sorted([*same, *different])
    best, threshold = -1.0, None
    for low, high in itertools.pairwise(ordered):
        cut = (low + high) / 2
        copies = sum(distance <= cut for distance in same) / len(same)
        others = sum(distance > cut for distance in different) / len(different)
        if copies + others > best + 1e-9:
            best, threshold = copies + others, cut
    return threshold


@pytest.mark.parametrize("seed", range(4))
def test_threshold_is_that_of_the_loop(seed):
    rng = np.random.default_rng(seed)
    same = rng.integers(1, 30, 12).astype(np.float32)  # some are equal
    different = rng.integers(5, 50, 31).astype(np.float32)  # and these weigh no more for being more
    assert metric.fit_threshold(same, different) == pytest.approx(loop_threshold(same, different))


def test_threshold_by_hand():
    same, different = jnp.array([1.0, 2.0, 3.0]), jnp.array([5.0, 9.0])
    assert metric.fit_threshold(same, different) == 4
    assert metric.fit_threshold(same, jnp.array([2.5, 7.0, 9.0, 11.0])) == 5
    nowhere = metric.fit_threshold(jnp.zeros(3), jnp.zeros(3))
    assert nowhere > 0 and np.isfinite(1 / nowhere)


def test_unit_embeddings_have_length_one_and_those_of_zero_stay_with_a_finite_gradient():
    embeddings = np.concatenate([draw(4, FEATURES), 1e6 * draw(1, FEATURES)])
    np.testing.assert_allclose(np.linalg.norm(metric.unit(embeddings), axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(metric.unit(3 * embeddings), metric.unit(embeddings), rtol=1e-5)
    zero = jnp.zeros((1, FEATURES))
    np.testing.assert_array_equal(metric.unit(zero), zero)
    assert np.isfinite(jax.grad(lambda x: metric.unit(x).sum())(zero)).all()


def test_unknown_metric_is_refused():
    with pytest.raises(UserError, match="config.model.metric is 'l3'; it must be one of alpha_"):
        build.network(model_config("l3"))
