"""What holds for all losses by name: finite everywhere, and the same on any number of devices."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from configs import common
from imgforensics import losses
from imgforensics.models import metric
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")

# Every loss by its name, with each of its metrics and settings.
CASES = [
    ("alpha_triplet", "alpha_l1", {}),
    ("alpha_triplet", "positive_alpha_l1", {}),
    ("alpha_triplet", "constant_alpha_l1", {}),
    ("alpha_pairs", "alpha_l1", {}),
    ("alpha_pairs", "positive_alpha_l1", {"negatives": 3}),
    ("alpha_pairs", "constant_alpha_l1", {"hardness": 2.0}),
    ("alpha_softmax", "positive_alpha_l1", {}),
    ("alpha_softmax", "alpha_l1", {"negatives": 3}),
    ("alpha_mutual", "positive_alpha_l1", {}),
    ("alpha_mutual", "positive_alpha_l1", {"spread": 0.5}),
    ("contrastive_exponential", "l1", {}),
    ("contrastive_margin", "l1", {}),
    ("facenet", "squared_l2", {"mining": "semi_hard"}),
    ("facenet", "squared_l2", {"mining": "hard"}),
    ("facenet", "squared_l2", {"mining": "all"}),
    ("koch", "biased_alpha_l1", {}),
]
SIZE, FEATURES = 8, 6


def test_every_loss_and_metric_is_tried():
    assert {name for name, _, _ in CASES} == losses.LOSSES.keys()
    assert {kind for _, kind, _ in CASES} == metric.KINDS.keys()
    offered = {kind for entry in losses.LOSSES.values() for kind in entry.metrics}
    assert offered == metric.KINDS.keys()


def make_config(name, kind, fields):
    config = common.get_config()
    config.batch_size, config.model.metric = SIZE, kind
    config.loss.update(name=name, **fields)
    if not losses.takes_different(config.loss):
        config.model.architecture = "compact"
    losses.check(config)
    return config


def total(config, axis_name=None, make=None):
    """Parameters and a function of them and of images, [3, b, FEATURES], to the sum of a loss.

    The network is a matrix.
    """
    rng = np.random.default_rng(0)
    params = {
        "matrix": rng.normal(size=(FEATURES, FEATURES)),
        "alpha": rng.normal(size=FEATURES),
        "raw_alpha": rng.normal(size=FEATURES),
        "bias": np.array(0.3),
        "threshold": np.array(1.0),
    }
    params = {key: jnp.asarray(value, jnp.float32) for key, value in params.items()}
    loss = make(config.loss) if make else losses.make(config.loss, axis_name)
    kind = metric.KINDS[config.model.metric]

    def function(params, images):
        embeddings = images @ params["matrix"]
        forensic = kind.build(params, FEATURES, 0.5)
        if forensic.squared:
            embeddings = metric.unit(embeddings)
        taken = 3 if make or losses.takes_different(config.loss) else 2
        return loss(forensic, embeddings[:taken]).sum()

    return params, function


@functools.cache
def alone(name, kind, fields):
    """Parameters, and the compiled sum and gradients of a case by parameters and images.

    Args:
        name: of the loss.
        kind: of the metric.
        fields: of the config, as pairs.
    """
    params, function = total(make_config(name, kind, dict(fields)))
    return params, jax.jit(jax.value_and_grad(function, argnums=(0, 1)))


def images_of(scale=1.0, seed=1):
    return scale * np.random.default_rng(seed).normal(size=(3, SIZE, FEATURES)).astype(np.float32)


def is_finite(tree):
    return all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("name,kind,fields", CASES)
def test_identical_and_huge_images_give_finite_losses_and_gradients(name, kind, fields):
    params, step = alone(name, kind, tuple(fields.items()))
    plain = images_of()
    copied, alike = plain.copy(), plain.copy()
    copied[1] = copied[0]
    alike[:] = alike[0, 0]
    for images in (plain, copied, alike, 0 * plain, 1e-6 * plain, 1e6 * plain):
        value, gradients = step(params, images)
        assert np.isfinite(value) and is_finite(gradients)
    assert any(leaf.any() for leaf in jax.tree.leaves(step(params, plain)[1]))


@pytest.mark.parametrize("name,kind,fields", CASES)
def test_pulling_copies_together_and_others_apart_lowers_the_loss(name, kind, fields):
    """A wrong sign raises it: every image has an axis of its own, or nearly so."""
    config = make_config(name, kind, fields | {"contrastive_margin": 2.0, "margin": 0.5})
    forensic = metric.Metric(jnp.ones(3 * SIZE), squared=kind == "squared_l2")
    if kind == "biased_alpha_l1":
        forensic = forensic.replace(offset=jnp.float32(0))
    loss = losses.make(config.loss)
    axes = jnp.eye(3 * SIZE).reshape(3, SIZE, -1)
    good, bad = axes.at[1].set(axes[0]), axes.at[2].set(axes[0])
    if not losses.takes_different(config.loss):
        good, bad = good[:2], axes[:2]
    if name == "facenet":  # a negative that is nearer than the same image is not semi-hard
        bad = axes.at[1].add(0.1 * axes[0])
    assert loss(forensic, good).sum() < loss(forensic, bad).sum()


@pytest.mark.parametrize("name,kind,fields", CASES)
def test_loss_and_gradient_do_not_depend_on_the_number_of_devices(name, kind, fields):
    # With one triplet a device, each negative but its own has to be fetched from another device.
    counts = {"alpha_pairs": (1, 4), "facenet": (2, SIZE)}.get(name, (4,))
    if (name, kind, fields) != next(case for case in CASES if case[0] == name):
        counts = counts[-1:]  # all settings of a loss fetch them in one way
    images = images_of()
    params, step = alone(name, kind, tuple(fields.items()))
    value, (gradients, _) = step(params, images)
    expected = value, gradients
    _, shared = total(make_config(name, kind, fields), "spread")
    for devices in counts:
        mapped = jax.pmap(
            lambda params, share: lax.psum(jax.value_and_grad(shared)(params, share), "spread"),
            axis_name="spread",
            in_axes=(None, 0),
            out_axes=None,
            devices=jax.devices()[:devices],
        )
        shares = np.stack(np.split(images, devices, axis=1))
        for one, other in zip(
            jax.tree.leaves(expected), jax.tree.leaves(mapped(params, shares)), strict=True
        ):
            np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name,kind,fields", CASES)
def test_drawn_loss_of_a_triplet_does_not_depend_on_the_others(name, kind, fields):
    config = make_config(name, kind, fields)
    params, function = total(config, make=losses.make_drawn)
    images = images_of()
    function = jax.jit(function)
    each = [function(params, images[:, i : i + 1]) for i in range(SIZE)]
    assert function(params, images) == pytest.approx(sum(map(float, each)), rel=1e-5)


def test_a_batch_of_equal_images_has_a_drawn_loss_that_mining_would_hide():
    config = make_config("facenet", "squared_l2", {"margin": 0.2})
    equal = jnp.ones((3, SIZE, FEATURES)) / FEATURES**0.5
    assert losses.make(config.loss)(None, equal).sum() == 0
    np.testing.assert_allclose(losses.make_drawn(config.loss)(None, equal), 0.2, rtol=1e-6)


@pytest.mark.parametrize("entry", losses.LOSSES.values(), ids=losses.LOSSES)
def test_all_losses_have_one_signature(entry):
    parameters = inspect.signature(losses.Loss.__call__).parameters.values()
    _, *expected = parameters  # without self
    assert list(inspect.signature(entry.loss).parameters.values()) == expected


@pytest.mark.parametrize(
    "fields,message",
    [
        ({"loss.name": "hinge"}, "config.loss.name is 'hinge'; it must be one of alpha_triplet, "),
        (
            {"loss.name": "facenet", "model.metric": "squared_l2", "loss.mining": "soft"},
            "config.loss.mining is 'soft'; it must be one of semi_hard, hard, all",
        ),
        (
            {"loss.name": "contrastive_margin"},
            "config.loss.name=contrastive_margin needs config.model.metric to be l1, and it is "
            "'alpha_l1'",
        ),
        ({"loss.name": "alpha_mutual"}, "alpha_mutual has no different images, and .*=paper has"),
        ({"model.metric": "l1"}, "config.loss.name=alpha_triplet needs .* alpha_l1 or positive_"),
        ({"batch_size": 4, "loss.negatives": 8}, "config.loss.negatives is 8; .* 1 to 7, or 0"),
        ({"loss.negatives": -1}, "config.loss.negatives is -1"),
        ({"loss.margin": 0.0}, "config.loss.margin is 0.0; it must be above 0"),
        ({"loss.contrastive_margin": -1.0}, "config.loss.contrastive_margin is -1.0"),
        ({"loss.hardness": -0.1}, "config.loss.hardness is -0.1"),
        ({"loss.spread": -0.1}, "config.loss.spread is -0.1; it must be at least 0"),
    ],
)
def test_what_makes_no_loss_is_refused(fields, message):
    config = common.get_config()
    losses.check(config)
    config.update_from_flattened_dict(fields)
    with pytest.raises(UserError, match=message):
        losses.check(config)
