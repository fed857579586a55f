"""The losses of the paper and of the systems it builds on, by the names of `config.loss`.

All take triplets, or pairs of an anchor and its same image, and give a number for each; a step's
loss is their sum. Whatever else a loss needs of the batch it collects itself, from all devices.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple, Protocol

import jax
import ml_collections

from imgforensics.losses.alpha_mutual import alpha_mutual
from imgforensics.losses.alpha_pairs import alpha_pairs
from imgforensics.losses.alpha_softmax import alpha_softmax
from imgforensics.losses.alpha_triplet import alpha_triplet
from imgforensics.losses.contrastive import contrastive_exponential, contrastive_margin
from imgforensics.losses.facenet import facenet
from imgforensics.losses.koch import koch
from imgforensics.losses.mining import MINERS
from imgforensics.losses.spread import spread
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError

# A loss with its config and axis: from the metric and the embeddings to the loss of each example.
BoundLoss = Callable[[Metric, jax.Array], jax.Array]


class Loss(Protocol):
    """What every loss is.

    Args:
        forensic: the metric f.
        embeddings: float [3, b, D] of the anchor, same and different images, or [2, b, D] without
            the different ones.
        config: the fields of `config.loss`, of which a loss reads its own.
        axis_name: the mapped axis over which the batch is spread, if any.

    Returns:
        float [b], the loss of each example.
    """

    def __call__(
        self,
        forensic: Metric,
        embeddings: jax.Array,
        config: ml_collections.ConfigDict,
        axis_name: str | None = None,
    ) -> jax.Array: ...


class _Entry(NamedTuple):
    """A loss by its name.

    Attributes:
        loss: the function.
        metrics: those that it goes with.
        different: whether it takes different images.
    """

    loss: Loss
    metrics: tuple[str, ...]
    different: bool = True


_ALPHA = ("alpha_l1", "positive_alpha_l1", "constant_alpha_l1")
LOSSES = {
    "alpha_triplet": _Entry(alpha_triplet, _ALPHA),
    "alpha_pairs": _Entry(alpha_pairs, _ALPHA),
    "alpha_softmax": _Entry(alpha_softmax, _ALPHA),
    "alpha_mutual": _Entry(alpha_mutual, _ALPHA, different=False),
    "contrastive_exponential": _Entry(contrastive_exponential, ("l1",)),
    "contrastive_margin": _Entry(contrastive_margin, ("l1",)),
    "facenet": _Entry(facenet, ("squared_l2",)),
    "koch": _Entry(koch, ("biased_alpha_l1",)),
}


def make(config: ml_collections.ConfigDict, axis_name: str | None = None) -> BoundLoss:
    """The loss of `config.loss`, for training, with the term that spreads embeddings, if any.

    Args:
        config: the fields of `config.loss`.
        axis_name: the mapped axis over which batches are spread, if any.
    """
    loss = functools.partial(LOSSES[config.name].loss, config=config, axis_name=axis_name)
    weight = config.get("spread", 0.0)  # configs of before it lack it
    if not weight:
        return loss

    def with_spread(forensic, embeddings):
        return loss(forensic, embeddings) + weight * spread(embeddings[:2], axis_name)

    return with_spread


def takes_different(config: ml_collections.ConfigDict) -> bool:
    """Whether the loss of `config.loss` takes triplets; otherwise it takes pairs."""
    return LOSSES[config.name].different


def make_drawn(config: ml_collections.ConfigDict) -> BoundLoss:
    """`config.loss` with nothing mined or spread: anchors have only their own different image.

    That of pairs, too, takes triplets here, and is the cross-entropy `alpha_softmax` of the anchor.
    It judges weights by a fixed set of triplets, whereas a mined loss, which leaves out some
    triplets by what it finds, may be low for weights that tell nothing apart.
    """
    drawn = config.copy_and_resolve_references()
    drawn.negatives, drawn.mining = 1, "all"
    if "spread" in drawn:
        drawn.spread = 0.0
    if not takes_different(config):
        drawn.name = "alpha_softmax"
    return make(drawn)


def check(config: ml_collections.ConfigDict) -> None:
    """Refuses what no loss can be made of.

    Args:
        config: of the run.

    Raises:
        UserError: names the field that is wrong.
    """
    loss, kind = config.loss, config.model.metric
    _check_choice("config.loss.name", loss.name, LOSSES)
    _check_choice("config.loss.mining", loss.mining, MINERS)
    metrics = LOSSES[loss.name].metrics
    if kind not in metrics:
        raise UserError(
            f"config.loss.name={loss.name} needs config.model.metric to be "
            f"{' or '.join(metrics)}, and it is {kind!r}: set that, too"
        )
    if not takes_different(loss) and config.model.architecture != "compact":
        raise UserError(
            f"config.loss.name={loss.name} has no different images, and config.model.architecture="
            f"{config.model.architecture} has moments of theirs: use the compact one"
        )
    most = 2 * config.batch_size - 1
    if not 0 <= loss.negatives <= most:
        raise UserError(
            f"config.loss.negatives is {loss.negatives}; a batch of {config.batch_size} triplets "
            f"gives each anchor 1 to {most}, or 0 for all of them"
        )
    for name in ("margin", "contrastive_margin"):
        if not loss[name] > 0:
            raise UserError(f"config.loss.{name} is {loss[name]}; it must be above 0")
    for name in ("hardness", "spread"):
        if loss.get(name, 0) < 0:
            raise UserError(f"config.loss.{name} is {loss[name]}; it must be at least 0")


def _check_choice(name, value, offered):
    if value not in offered:
        raise UserError(f"{name} is {value!r}; it must be one of {', '.join(offered)}")
