"""A smaller network with the paper's interface, whose embeddings no flip or right angle changes.

Residual stages on features of the symmetries of the square (see `groups`) take the place of the
paper's blocks. What they find is summed up in two ways, neither of which depends on how the image
is turned: by a generalised mean over all places, which tells what there is, and by filters as large
as the whole map, which tell how it is arranged. There is no batch normalisation, so that an image's
embedding depends on nothing but the image, and all branches are one.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import lax

from imgforensics.models import groups, metric
from imgforensics.models.cpu import lowering
from imgforensics.models.interface import ANCHOR, DIFFERENT, SAME
from imgforensics.models.metric import Metric
from imgforensics.models.normalization import pixel_normalize

_STEM = 4  # pixels from one place of the first features to the next
_POWER = 3  # of the generalised mean
_TINY = 1e-6
_STANDARDIZED = nn.initializers.variance_scaling(2.0, "fan_in", "truncated_normal")


class Compact(nn.Module):
    """Embeds images; parameters and results are float32.

    Attributes:
        channels: the width of each stage for one symmetry; features have eight times as many.
        blocks: residual blocks of each stage.
        pooled_features: how many numbers the generalised mean gives.
        arranged_features: how many the filters of the whole map give.
        hidden_features: the width of the dense layer between these and the embedding.
        embedding_features: how many numbers represent an image (128 in the paper).
        metric: the kind of f, see `models.metric`.
        constant_alpha: of the kind constant_alpha_l1.
        dtype: of the computation.
        axis_name: unused, since nothing is taken over the batch.
    """

    channels: Sequence[int] = (4, 8, 16)
    blocks: Sequence[int] = (1, 1, 1)
    pooled_features: int = 128
    arranged_features: int = 64
    hidden_features: int = 256
    embedding_features: int = 128
    metric: str = "positive_alpha_l1"
    constant_alpha: float = 1.0
    dtype: jnp.dtype = jnp.float32
    axis_name: str | None = None

    num_branches = 3

    @nn.compact
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
            images: float [K, B, H, W] in [0, 1], square, of sides that `divisor` divides.
            running, branches: without effect, there are no moments.
            jitter: not offered; the wide manipulations change contrast and brightness.

        Returns:
            The embeddings, float32 [K, B, embedding_features], and the metric f on them (eq. 1).
        """
        if jitter is not None:
            raise ValueError("a compact network has no jitter: set config.jitter to 0")
        divisor = _STEM * 2 ** (len(self.channels) - 1)
        if images.ndim != 4 or images.shape[2] != images.shape[3] or images.shape[2] % divisor:
            raise ValueError(
                f"{len(self.channels)} stages need squares [K, B, side, side] with sides divisible "
                f"by {divisor}, got {images.shape}"
            )
        forensic = metric.declare(self, nn.initializers.constant(1 / self.embedding_features))
        features = self.spatial(images)
        features = features.reshape(-1, *features.shape[2:])
        summary = jnp.concatenate([self._pooled(features), self._arranged(features)], axis=-1)
        hidden = nn.LayerNorm(name="summary_norm", dtype=self.dtype)(summary)
        hidden = nn.relu(nn.Dense(self.hidden_features, dtype=self.dtype, name="hidden")(hidden))
        embeddings = nn.Dense(self.embedding_features, dtype=self.dtype, name="embedding")(hidden)
        embeddings = embeddings.astype(jnp.float32).reshape(*images.shape[:2], -1)
        return metric.unit(embeddings) if forensic.squared else embeddings, forensic

    def spatial(self, images: jax.Array) -> jax.Array:
        """The last features that lie in space: images [K, B, H, W] into [K, B, h, w, 8 C].

        What explains the network finds this method by its name, to read the features or to put
        others in their place.
        """
        features = pixel_normalize(images.astype(jnp.float32)[..., None])
        features = features.reshape(-1, *features.shape[2:]).astype(self.dtype)
        features = self._stem(features)
        for stage, (width, blocks) in enumerate(zip(self.channels, self.blocks, strict=True)):
            if stage > 0:
                features = self._halve(f"stage{stage}_halve", width, features)
            for block in range(blocks):
                features = self._block(f"stage{stage}_block{block}", features)
        features = nn.relu(self._norm("head_norm", features))
        return features.reshape(*images.shape[:2], *features.shape[1:])

    def _stem(self, images):
        """Overlapping patches: [N, H, W, 1] into [N, H/4, W/4, 8 C]."""
        shape = (2 * _STEM, 2 * _STEM, 1, self.channels[0])
        kernel = groups.lift(self.param("stem", _STANDARDIZED, shape)).astype(self.dtype)
        # The same padding on all sides, as every symmetry asks for. A patch is two by two blocks,
        # and a product with a matrix is faster than a convolution of a single channel.
        padding = (_STEM // 2, _STEM // 2)
        blocks = _blocks(jnp.pad(images, ((0, 0), padding, padding, (0, 0))), _STEM)
        columns = jnp.concatenate([blocks[:, :, :-1], blocks[:, :, 1:]], axis=-1)
        patches = jnp.concatenate([columns[:, :-1], columns[:, 1:]], axis=-1)
        quarters = kernel.reshape(2, _STEM, 2, _STEM, -1)
        return patches @ jnp.moveaxis(quarters, 2, 1).reshape(patches.shape[-1], -1)

    def _block(self, name, features):
        """x + conv(relu(norm(conv(relu(norm(x)))))."""
        width = features.shape[-1] // groups.ORDER
        inner = nn.relu(self._norm(f"{name}_norm1", features))
        inner = self._conv(f"{name}_conv1", 3, width, inner)
        inner = nn.relu(self._norm(f"{name}_norm2", inner))
        return features + self._conv(f"{name}_conv2", 3, width, inner)

    def _halve(self, name, width, features):
        kernel = self._kernel(name, 2, width, features)
        blocks = _blocks(features, 2)
        return blocks @ kernel.reshape(blocks.shape[-1], -1)

    def _conv(self, name, size, width, features):
        return lowering.conv(features, self._kernel(name, size, width, features))

    def _kernel(self, name, size, width, features):
        channels = features.shape[-1] // groups.ORDER
        shape = (size, size, groups.ORDER, channels, width)
        init = nn.initializers.variance_scaling(2.0, "fan_in", "truncated_normal", in_axis=(-3, -2))
        return groups.expand(self.param(name, init, shape)).astype(self.dtype)

    def _norm(self, name, features):
        """To mean 0 and variance 1 over each whole image, then a scale and an offset a channel.

        Computed in float32, since the mean of so many narrow numbers would lose digits.
        """
        features = features.astype(jnp.float32)
        width = features.shape[-1] // groups.ORDER
        scale = self.param(f"{name}_scale", nn.initializers.ones, (width,))
        offset = self.param(f"{name}_offset", nn.initializers.zeros, (width,))
        mean = features.mean(axis=(1, 2, 3), keepdims=True)
        variance = jnp.square(features - mean).mean(axis=(1, 2, 3), keepdims=True)
        normal = (features - mean) * lax.rsqrt(variance + 1e-5)
        result = normal * jnp.tile(scale, groups.ORDER) + jnp.tile(offset, groups.ORDER)
        return result.astype(self.dtype)

    def _pooled(self, features):
        """Generalised means over places and symmetries: [N, h, w, 8 C] into [N, pooled]."""
        features = nn.relu(self._conv("pooled", 1, self.pooled_features, features))
        features = features.reshape(len(features), -1, self.pooled_features)
        mean = (features**_POWER).mean(axis=1)
        return (mean + _TINY) ** (1 / _POWER)

    def _arranged(self, features):
        """Filters as large as the map, the mean over symmetries of what they find."""
        kernel = self._kernel("arranged", features.shape[1], self.arranged_features, features)
        found = features.reshape(len(features), -1) @ kernel.reshape(-1, kernel.shape[-1])
        found = nn.relu(found).reshape(len(features), groups.ORDER, self.arranged_features)
        return found.mean(axis=1)


def _blocks(images, size):
    """Puts the pixels of blocks into channels: [N, H, W, C] into [N, H/size, W/size, size² C]."""
    count, height, width, channels = images.shape
    split = images.reshape(count, height // size, size, width // size, size, channels)
    split = jnp.moveaxis(split, 3, 2)
    return split.reshape(count, height // size, width // size, -1)
