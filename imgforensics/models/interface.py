"""What every network has in common: the branches, and how it is made and called."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import jax

from imgforensics.models.metric import Metric

ANCHOR, SAME, DIFFERENT = 0, 1, 2  # what each branch sees in training


@runtime_checkable
class EmbeddingNetwork(Protocol):
    """A Flax module that embeds images in each of its branches; its fields are `config.model`.

    Attributes:
        metric: the kind of f, see `models.metric`.
        embedding_features: D, how many numbers represent an image.
        num_branches: how many branches there are.
    """

    @property
    def metric(self) -> str: ...

    @property
    def embedding_features(self) -> int: ...

    @property
    def num_branches(self) -> int: ...

    def __call__(
        self,
        images: jax.Array,
        *,
        running: bool = False,
        branches: tuple[int, ...] = (ANCHOR, SAME, DIFFERENT),
        jitter: tuple[jax.Array, jax.Array] | None = None,
    ) -> tuple[jax.Array, Metric]:
        """Embeds a batch of images in each of K branches.

        Args:
            images: float [K, B, H, W] in [0, 1].
            running: normalise with the running moments instead of those of this batch.
            branches: K branch numbers, which say whose running moments to use.
            jitter: brightness offsets and contrast factors, float [K, B] each, if any.

        Returns:
            The embeddings, float32 [K, B, D], and the metric f on them.
        """
        ...

    # Those of a Flax module, which take the arguments of the call.
    def init(self, rngs: jax.Array, *args, **kwargs) -> Mapping[str, Any]: ...

    def apply(self, variables: Mapping[str, Any], *args, **kwargs) -> Any: ...
