import threading

import jax
import numpy as np
import pytest
from jax import monitoring

from imgforensics.inference import embed
from imgforensics.models import build
from imgforensics.models.cpu import lowering
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


def test_running_moments_of_the_chosen_branch(model, patches):
    network = build.network(model.config.model)
    variables = {"params": model.params, "moments": model.moments}
    images = np.stack([patches[:10] / np.float32(255)] * 3)
    expected, _ = jax.jit(lambda *a: network.apply(*a, running=True))(variables, images)
    for branch in range(3):
        found = embed.embed(model, patches[:10], branch)
        np.testing.assert_allclose(found, expected[branch], rtol=1e-4, atol=1e-5)
    assert np.abs(np.diff(expected, axis=0)).max() > 0.1


def test_the_last_batch_is_filled_up_and_kept(model, patches):
    whole = embed.embed(model, patches, batch_size=101)
    assert whole.shape == (101, 8) and whole.dtype == np.float32
    for batch_size in (48, 128):
        np.testing.assert_allclose(
            embed.embed(model, patches, batch_size=batch_size), whole, rtol=1e-5, atol=1e-5
        )


def test_compiled_once_for_all_lengths_branches_and_weights(model, patches):
    before = embed._running._cache_size()
    for length in (1, 40, 41, 101):
        for branch in range(3):
            embed.embed(model, patches[:length], branch, batch_size=40)
    other = model._replace(params=jax.tree.map(lambda leaf: 2 * leaf, model.params))
    embed.embed(other, patches, batch_size=40)
    assert embed._running._cache_size() == before + 1


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_few_batches_are_at_work_at_once_and_no_more_are_taken(
    at_once, model, patches, monkeypatch
):
    """Each call waits until as many are at work as there may be."""
    taken, ended, most = [], [], []
    together = threading.Barrier(at_once)

    def images():
        for patch in patches[:96]:
            taken.append(patch)
            most.append(len(taken) - len(ended))
            yield patch

    def spy(network, params, moments, batch, branch):
        together.wait(timeout=20)
        ended.extend(batch)
        return batch[:, :8, 0]

    monkeypatch.setattr(lowering, "calls_at_once", lambda: at_once)
    monkeypatch.setattr(embed, "_running", spy)
    found = embed.embed(model, images(), batch_size=16)
    np.testing.assert_array_equal(found, patches[:96, :8, 0])  # in order
    assert max(most) <= 16 * (at_once + 2)


@pytest.fixture
def compiled():
    """A list that gets an entry for each program that is compiled."""
    found = []

    def listen(name, *_, **__):
        if "backend_compile" in name:
            found.append(name)

    monitoring.register_event_duration_secs_listener(listen)
    yield found
    monitoring.unregister_event_duration_listener(listen)


def test_calls_at_once_compile_once(model, patches, monkeypatch, compiled):
    """Also the first ones: no other test has batches of this size."""
    monkeypatch.setattr(lowering, "calls_at_once", lambda: 3)
    assert len(embed.embed(model, patches[:84], batch_size=14)) == 84
    assert len(compiled) == 1


def test_what_fails_in_a_later_batch_is_raised(model, patches, monkeypatch):
    def spy(network, params, moments, batch, branch):
        return np.full((len(batch), 8), np.nan if batch[0, 0, 0] == 77 else 0)

    monkeypatch.setattr(embed, "_running", spy)
    images = np.zeros_like(patches)
    assert embed.embed(model, images, batch_size=16).shape == (101, 8)
    images[32] = 77
    with pytest.raises(UserError, match="not finite"):
        embed.embed(model, images, batch_size=16)


def test_bytes_and_floats_are_alike(model, patches):
    floats = patches.astype(np.float32) / 255
    for function in (embed.embed, embed.embed_together):
        np.testing.assert_allclose(function(model, floats), function(model, patches), atol=1e-5)


def test_the_moments_of_the_batch(model, patches):
    network = build.network(model.config.model)
    variables = {"params": model.params, "moments": model.moments}
    images = np.stack([patches[:10]] * 3) / np.float32(255)
    expected, _ = jax.jit(network.apply)(variables, images)
    found = embed.embed_together(model, patches[:10])
    np.testing.assert_allclose(found, expected[2], rtol=1e-4, atol=1e-4)
    assert np.abs(embed.embed_together(model, patches[:20])[:10] - found).max() > 0.01


def test_likelihood_averages_over_branches(model):
    rng = np.random.RandomState(0)
    first, second, third = rng.normal(size=(3, 5, 8)).astype(np.float32)
    alpha = np.asarray(model.params["alpha"])

    def one(other):
        return 1 / (1 + np.exp(np.abs(first - other) @ alpha - 1))

    np.testing.assert_allclose(embed.likelihood(model, first, second), one(second), rtol=1e-5)
    found = embed.likelihood(model, first, second, third)
    np.testing.assert_allclose(found, (one(second) + one(third)) / 2, rtol=1e-5)


def test_nothing_and_constant_images(model):
    assert embed.embed(model, []).shape == (0, 8)
    for level in (0, 255):
        flat = np.full((3, 32, 32), level, np.uint8)
        assert np.isfinite(embed.embed(model, flat)).all()
        assert np.isfinite(embed.embed_together(model, flat)).all()


def test_other_sizes_and_diverged_weights_are_told(model, patches):
    for function in (embed.embed, embed.embed_together):
        with pytest.raises(UserError, match=r"shape \(32, 31\), and the network takes \(32, 32\)"):
            function(model, patches[:, :, :31])
        broken = model._replace(params=model.params | {"hidden": {
            name: value * np.nan for name, value in model.params["hidden"].items()
        }})  # fmt: skip
        with pytest.raises(UserError, match="not finite"):
            function(broken, patches)
