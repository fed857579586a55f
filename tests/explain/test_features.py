import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics.explain import features
from imgforensics.inference import weights
from imgforensics.inference.embed import embed
from imgforensics.models import build, metric
from imgforensics.models.interface import ANCHOR, SAME

COMPACT = {
    "channels": (2, 2), "blocks": (1, 1), "pooled_features": 4, "arranged_features": 3,
    "hidden_features": 8, "embedding_features": 4, "metric": "positive_alpha_l1",
    "constant_alpha": 1.0, "dtype": "float32",
}  # fmt: skip


def model_of(architecture):
    """A small network of random numbers, with moments of three different branches."""
    config = common.get_config()
    config.manipulations.output_size = 32
    if architecture == "paper":
        config.model.update(channels=(4, 8), hidden_features=16, embedding_features=8)
    else:
        with config.unlocked():
            config.model = {"architecture": "compact"} | COMPACT
    network = build.network(config.model)
    shapes = jax.eval_shape(network.init, jax.random.key(0), jnp.zeros((3, 1, 32, 32)))
    rng = np.random.RandomState(0)
    draw = lambda leaf: jnp.asarray(0.3 * rng.normal(size=leaf.shape), leaf.dtype)  # noqa: E731
    params = jax.tree.map(draw, shapes["params"])
    moments = jax.tree.map(
        lambda leaf: 0.5 + jnp.abs(draw(leaf)) if leaf.ndim else jnp.int32(50),  # updates
        shapes.get("moments", {}),
    )
    return weights.Model(config, params, moments, 1)


@pytest.mark.parametrize("architecture", build.ARCHITECTURES)
def test_both_parts_together_give_f_as_in_evaluation(architecture):
    model = model_of(architecture)
    images = np.random.RandomState(1).uniform(size=(2, 3, 32, 32)).astype(np.float32)
    network = build.network(model.config.model)
    variables = {"params": model.params, "moments": model.moments}

    @jax.jit
    def both(images):
        found = features.of_pairs(network, variables, images)
        return found, features.distances(network, variables, found, 32)

    found, f = both(images)
    assert found.shape[:4] == ((2, 3, 8, 8) if architecture == "paper" else (2, 3, 4, 4))
    pairs = embed(model, images[0], ANCHOR), embed(model, images[1], SAME)
    np.testing.assert_allclose(f, metric.distance(model.metric, *pairs), rtol=1e-4, atol=1e-5)
    if architecture == "paper":  # whose branches have moments of their own
        swapped = embed(model, images[0], SAME), embed(model, images[1], ANCHOR)
        assert not np.allclose(f, metric.distance(model.metric, *swapped), rtol=1e-2)


@pytest.mark.parametrize("architecture", build.ARCHITECTURES)
def test_f_of_features_needs_nothing_of_what_comes_before_them(architecture):
    """The parameters that make features can be missing: they are not even looked at."""
    model = model_of(architecture)
    network = build.network(model.config.model)
    images = np.random.RandomState(1).uniform(size=(2, 3, 32, 32)).astype(np.float32)
    variables = {"params": model.params, "moments": model.moments}
    found = features.of_pairs(network, variables, images)
    before = ("block", "head", "stem", "stage")
    rest = {
        part: {key: tree for key, tree in trees.items() if not key.startswith(before)}
        for part, trees in variables.items()
    }
    assert len(rest["params"]) < len(model.params)
    whole, cut = (features.distances(network, each, found, 32) for each in (variables, rest))
    np.testing.assert_array_equal(whole, cut)
