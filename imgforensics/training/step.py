"""One step of training and one validation, as pure functions."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
from jax import lax

from imgforensics import losses
from imgforensics.data import triplets
from imgforensics.data.labelled import DRAWN
from imgforensics.manipulations import recipe, view
from imgforensics.manipulations.crop import to_float
from imgforensics.models import metric
from imgforensics.models.interface import ANCHOR, DIFFERENT, SAME, EmbeddingNetwork
from imgforensics.training import averaging
from imgforensics.training.state import State

AXIS = "devices"
PRECISIONS = ("default", "tensorfloat32", "float32")


class LabelledPairs(NamedTuple):
    """Pairs that people judged, of pictures that stand behind the other training images.

    Attributes:
        batches: int32 [batches, places, 3] of `labelled.batches`, of which a step takes one.
        first: how many training images there are before the first of their pictures.
    """

    batches: np.ndarray
    first: int


def matmul_precision(config: ml_collections.ConfigDict):
    """A context in which the network's products of float32 are as `config.matmul_precision` says.

    Manipulations and f have a precision of their own, which is full.
    """
    return jax.default_matmul_precision(config.get("matmul_precision", "default"))


def _jitter(keys, config):
    """V02's brightness offsets and contrast factors, [3, B] each, or None where unused."""
    if config.brightness == 0 and config.contrast == 0:
        return None
    draws = jax.vmap(lambda key: jax.random.uniform(key, (2, 3), minval=-1, maxval=1))(keys)
    brightness, contrast = jnp.moveaxis(draws, 0, -1)
    return config.brightness * brightness, 1 + config.contrast * contrast


def _key(config, step, use):
    """The key of a use of a step: 0 indices, 1 manipulations, 2 jitter, 3 views, 4 labelled."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(config.seed), 1), step)
    return jax.random.fold_in(key, use)


def indices(
    config: ml_collections.ConfigDict,
    step: jax.Array,
    num_images: int,
    labelled: LabelledPairs | None = None,
) -> jax.Array:
    """Which training images a step is made of; a function of seed and step alone.

    Args:
        config: of the run.
        step: int32, how many steps were done before.
        num_images: how many training images there are, but for those of labelled pairs.
        labelled: pairs that take the last examples of the step.

    Returns:
        int32 [2, batch size]: the anchors and the different images; or [1, batch size] where the
        loss takes pairs. With labelled pairs [3, batch size]: the anchors, the different images
        (which mean nothing where the loss takes pairs), and those whose copies are the same images.
    """
    key = _key(config, step, 0)
    sizes = num_images, config.batch_size, config.data.neighbours
    if losses.takes_different(config.loss):
        drawn = jnp.stack(triplets.indices(key, *sizes))
    else:
        drawn = triplets.anchors(key, *sizes)[None]
    if labelled is None:
        return drawn
    batches = jnp.asarray(labelled.batches)
    place = jax.random.randint(_key(config, step, 4), (), 0, len(batches))
    anchor, same, different = batches[place].T
    there = jnp.stack([anchor, different, same])
    drawn = jnp.stack([drawn[0], drawn[-1], drawn[0]])
    behind = drawn[:, drawn.shape[1] - there.shape[1] :]
    taken = jnp.where(there == DRAWN, behind, labelled.first + there)
    return drawn.at[:, drawn.shape[1] - there.shape[1] :].set(taken)


def check_size(config: ml_collections.ConfigDict, num_images: int) -> None:
    """Refuses fewer training images than a step is made of; raises what `triplets` raises."""
    each = 2 if losses.takes_different(config.loss) else 1
    triplets.check_size(num_images, config.batch_size, config.data.neighbours, each)


@jax.named_scope("manipulations")
def examples(
    config: ml_collections.ConfigDict, step: jax.Array, pairs: jax.Array, numbers: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array] | None]:
    """The examples of a step, or a share of them; a function of seed, step and number alone.

    Args:
        config: of the run.
        step: int32, how many steps were done before.
        pairs: the training images at `indices(...)[:, numbers]`, uint8 [1 to 3, B, 256, 256].
        numbers: int32 [B], which examples of the whole batch to make: any number of devices that
            share them gets the same ones.

    Returns:
        Anchors, same and different images, float32 [3, B, side, side] in [0, 1], and their jitter
        as networks take it. Where there are no different images, the third ones mean nothing.
    """
    draws_key, jitter_key, view_key = (_key(config, step, use) for use in (1, 2, 3))
    keys = jax.vmap(jax.random.fold_in, (None, 0))
    seen = view.views(keys(view_key, numbers), pairs[:2], config.view)
    anchors, different, same = seen[0], seen[-1], None
    if len(pairs) == 3:
        anchors, same = _judged(pairs, anchors)
    drawn = recipe.triplets(
        keys(draws_key, numbers), anchors, different, config.manipulations, same
    )
    return jnp.stack(drawn), _jitter(keys(jitter_key, numbers), config.jitter)


def _judged(pairs, anchors):
    """Anchors, and what the same images are made of: the views of the anchors, or other pictures.

    Two pictures of one thing are both seen whole: windows of them might show different parts.
    """
    own = (pairs[0] == pairs[2]).all(axis=(1, 2), keepdims=True)
    anchors = jnp.where(own, to_float(anchors), to_float(pairs[0]))
    return anchors, jnp.where(own, anchors, to_float(pairs[2]))


def make_update(
    config: ml_collections.ConfigDict,
    network: EmbeddingNetwork,
    optimizer: optax.GradientTransformation,
) -> Callable[..., tuple[State, dict[str, jax.Array]]]:
    """Builds what a step does with its examples: embed, update; to be mapped over `AXIS`.

    Args:
        config: of the run; `config.batch_size` counts the triplets over all devices.
        network: with `axis_name` set to `AXIS`, so that moments are those of the whole batch.
        optimizer: for gradients summed over the batch.

    Returns:
        A function of the state and, as from `examples`, the device's share of the batch and its
        jitter that returns the next state and scalars: the mean loss of a triplet, the accuracy of
        the batch's pairs, and the norms of gradients, updates and parameters.
    """
    loss_of = losses.make(config.loss, AXIS)
    branches = (ANCHOR, SAME, DIFFERENT) if losses.takes_different(config.loss) else (ANCHOR, SAME)

    def update(state, batch, jitter):
        latest = state.latest
        # What isn't taken isn't computed, either.
        batch, jitter = jax.tree.map(lambda each: each[: len(branches)], (batch, jitter))

        def loss(params):
            variables = {"params": params, "moments": latest.moments}
            (embeddings, forensic), updated = network.apply(
                variables, batch, branches=branches, jitter=jitter, mutable="moments"
            )
            each = loss_of(forensic, embeddings)
            return each.sum(), (_correct(forensic, embeddings).sum(), updated.get("moments", {}))

        with matmul_precision(config):
            (total, (correct, moments)), gradients = jax.value_and_grad(loss, has_aux=True)(
                latest.params
            )
        total, correct, gradients = lax.psum((total, correct, gradients), AXIS)
        with jax.named_scope("optimizer"):
            updates, optimizer_state = optimizer.update(gradients, state.optimizer, latest.params)
            params = optax.apply_updates(latest.params, updates)
        scalars = {
            "loss": total / config.batch_size,
            "accuracy": correct / (2 * config.batch_size),
            "gradient_norm": optax.tree.norm(gradients),
            "update_norm": optax.tree.norm(updates),
            "parameter_norm": optax.tree.norm(params),
        }
        latest = latest._replace(params=params, moments=moments, step=latest.step + 1)
        average = averaging.updated(state.average, latest, config)
        state = state._replace(latest=latest, optimizer=optimizer_state, average=average)
        return state, scalars

    return update


def make_step(
    config: ml_collections.ConfigDict,
    network: EmbeddingNetwork,
    optimizer: optax.GradientTransformation,
    num_devices: int,
    labelled: LabelledPairs | None = None,
) -> Callable[[State, jax.Array, jax.Array], tuple[State, dict[str, jax.Array]]]:
    """Builds the step: draw triplets, manipulate, embed, update; to be mapped over `AXIS`.

    Args:
        config, network, optimizer: as for `make_update`.
        num_devices: the size of the mapped axis.
        labelled: pairs that people judged, if there are any.

    Returns:
        A function of the state, the training images (uint8 [n, 256, 256]; or, where
        `config.data.on_device` is off, the device's share of the `pairs` of `examples`) and the
        device's number on the axis that returns what `make_update` says.
    """
    share = config.batch_size // num_devices
    update = make_update(config, network, optimizer)

    def step(state, images, device):
        number = state.latest.step
        examples_of_device = device * share + jnp.arange(share)
        if config.data.on_device:
            first = len(images) if labelled is None else labelled.first
            chosen = indices(config, number, first, labelled)
            images = images[chosen[:, examples_of_device]]
        return update(state, *examples(config, number, images, examples_of_device))

    return step


def make_validation(
    config: ml_collections.ConfigDict, network: EmbeddingNetwork
) -> Callable[[State, jax.Array], tuple[State, dict[str, jax.Array]]]:
    """Builds the validation: loss with the set's own moments, and the best weights so far.

    The authors select by the triplet loss with batch moments, and so do we; the accuracy is given
    with these moments, too. Other losses are taken over the triplets as they were drawn, without
    mining. A metric that needs it is calibrated here, with running moments, as it is used later.

    Args:
        config: of the run.
        network: any, for the whole set on one device.

    Returns:
        A function of the state and triplets (float32 [3, n, side, side]) that returns the state
        with `best` and `stale` brought up to date, and scalars, also of the average if there is
        one. The best weights are among those of the steps, not among averages.
    """
    loss_of = losses.make_drawn(config.loss)

    def judge(weights, batch):
        if metric.needs_threshold(network.metric):
            weights = weights._replace(moments=_calibrated(network, weights, batch))
        variables = {"params": weights.params, "moments": weights.moments}
        with matmul_precision(config):
            embeddings, forensic = network.apply(variables, batch)
        loss = loss_of(forensic, embeddings).mean()
        accuracy = _correct(forensic, embeddings).mean() / 2
        return weights._replace(validation_loss=loss), accuracy

    def validate(state, batch):
        latest, accuracy = judge(state.latest, batch)
        loss = latest.validation_loss
        better = loss < state.best.validation_loss
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), latest, state.best)
        stale = jnp.where(better, 0, state.stale + 1)
        scalars = {"validation_loss": loss, "validation_accuracy": accuracy}
        state = state._replace(latest=latest, best=best, stale=stale)
        if state.average is not None:
            average, accuracy = judge(state.average, batch)
            state = state._replace(average=average)
            scalars["average_validation_loss"] = average.validation_loss
            scalars["average_validation_accuracy"] = accuracy
        return state, scalars

    return validate


def _calibrated(network, weights, batch):
    """The moments with the threshold at which the triplets' pairs are told apart best.

    The second image of a pair is normalised as one of the branch 'same', as in the evaluation.
    """
    moments = weights.moments | {"threshold": jnp.float32(1)}  # so that f is the distance
    (anchor, same, different), f = network.apply(
        {"params": weights.params, "moments": moments},
        batch,
        running=True,
        branches=(ANCHOR, SAME, SAME),
    )
    threshold = metric.fit_threshold(
        metric.distance(f, anchor, same), metric.distance(f, anchor, different)
    )
    return moments | {"threshold": threshold}


def _correct(forensic, embeddings):
    """How many of each triplet's two pairs fall on the right side of f = 1: int32 [B].

    Without different images, another anchor's same image is taken for one (its own, and so wrong,
    where a device has a single pair).
    """
    anchor, same = embeddings[:2]
    different = embeddings[2] if len(embeddings) > 2 else jnp.roll(same, 1, axis=0)
    copies = metric.distance(forensic, anchor, same) <= 1
    others = metric.distance(forensic, anchor, different) > 1
    return copies.astype(jnp.int32) + others
