"""f divided by a threshold, whatever its kind."""

import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from imgforensics.models import metric

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(2, 20, 6)).astype(np.float32)
PARAMS = {
    "alpha_l1": {"alpha": jnp.asarray(RNG.normal(size=6), jnp.float32)},
    "positive_alpha_l1": {"raw_alpha": jnp.asarray(RNG.normal(size=6), jnp.float32)},
}


def f(kind, params, moments):
    model = ml_collections.ConfigDict(
        {"metric": kind, "embedding_features": 6, "constant_alpha": 1.0}
    )
    return metric.distance(metric.of(model, params, moments), FIRST, SECOND)


@pytest.mark.parametrize("kind", ["alpha_l1", "positive_alpha_l1", "l1", "squared_l2"])
@pytest.mark.parametrize("threshold", [0.1, 1.0, 37.0])
def test_f_is_divided_by_the_threshold(kind, threshold):
    params = PARAMS.get(kind, {}) | {"dense": jnp.ones(2)}
    moments = {"threshold": jnp.float32(2)} if kind in ("l1", "squared_l2") else {}
    scaled = metric.rescale(kind, params, moments, threshold)
    np.testing.assert_allclose(
        f(kind, *scaled), f(kind, params, moments) / threshold, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(scaled[0]["dense"], params["dense"])
    assert "alpha" not in params or params["alpha"] is PARAMS[kind]["alpha"]  # not changed itself


@pytest.mark.parametrize(
    "kind,params", [("constant_alpha_l1", {}), ("biased_alpha_l1", {"alpha": 1.0, "bias": 0.0})]
)
def test_what_cannot_be_scaled_is_refused(kind, params):
    with pytest.raises(ValueError, match=f"{kind}.* can't be scaled"):
        metric.rescale(kind, params, {}, 2.0)
