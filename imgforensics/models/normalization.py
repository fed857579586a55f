"""The normalisations of the branch: over pixels, over the batch of each branch, over channels."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import lax

from imgforensics.models.cpu import lowering

EPSILON = 1e-6
DECAY = 0.9  # of the running moments' exponential average


class Sums:
    """How means, convolutions and the gradients of biases are added up.

    These are the fastest that are accurate to a few units in the last place. Parity with the
    authors' code replaces them by the order in which their TensorFlow build adds.
    """

    def pixel_mean(self, images: jax.Array) -> jax.Array:
        """Mean of each image: [K, B, H, W, 1] into [K, B, 1, 1, 1]."""
        return images.mean(axis=(2, 3, 4), keepdims=True)

    def batch_mean(self, features: jax.Array) -> jax.Array:
        """Mean of each branch and channel: [K, B, ..., C] into [K, C]."""
        return features.mean(axis=tuple(range(1, features.ndim - 1)))

    def conv_pair(self, images: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
        """The convolutions of a block, see `lowering.conv_pair`."""
        return lowering.conv_pair(images, first, second)

    def spread(self, channels: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        """Repeats [K, C] over a batch of shape [K, B, ..., C]; its gradient is a sum."""
        middle = (1,) * (len(shape) - 2)
        return channels.reshape(channels.shape[0], *middle, channels.shape[-1])


_ALONE = Sums()


def pixel_normalize(images: jax.Array, sums: Sums = _ALONE) -> jax.Array:
    """Brings each image of [K, B, H, W, 1] to zero mean and unit variance over its own pixels."""
    mean = sums.pixel_mean(images)
    variance = sums.pixel_mean(jnp.square(images - mean))
    gain = lax.rsqrt(variance + EPSILON)
    return images * gain - mean * gain


def local_response_normalize(features: jax.Array, radius: int = 5) -> jax.Array:
    """Divides by sqrt(1 + the sum of squares over a window of 2 radius + 1 channels).

    These are TensorFlow's defaults (bias 1, alpha 1, beta 1/2), which the authors use. The sum is
    a product with a band matrix, in float32 whatever the dtype of `features` [..., C].
    """
    channel = jnp.arange(features.shape[-1])
    band = jnp.abs(channel[:, None] - channel) <= radius
    squares = jnp.square(features.astype(jnp.float32))
    sums = squares @ band.astype(jnp.float32)
    return features * lax.rsqrt(1 + sums).astype(features.dtype)


class BranchNorm(nn.Module):
    """Batch normalisation with moments of each branch apart and a shared scale and offset.

    The moments come from the batch, or, with `running`, from the exponential averages of the
    branches that are asked for. The averages start at zero and are zero-debiased when read. They
    are updated whenever the collection 'moments' is mutable.

    Attributes:
        num_branches: for how many branches moments are kept.
        axis_name: the mapped axis over which a batch is spread, if any.
        sums: how moments are added up.
    """

    num_branches: int = 3
    axis_name: str | None = None
    sums: Sums = Sums()

    @nn.compact
    def __call__(
        self,
        features: jax.Array,
        *,
        running: bool,
        branches: tuple[int, ...],
        moments_of: jax.Array | None = None,
    ) -> jax.Array:
        """Normalises [K, B, ..., C], where K = len(branches); the result has the same shape.

        Args:
            features: what is normalised.
            running: whether to use the running moments instead of those of the batch.
            branches: which branch's running moments each slice of the first axis belongs to.
            moments_of: takes the batch moments from this array instead of `features`.
        """
        channels = features.shape[-1]
        scale = self.param("scale", nn.initializers.ones, (channels,))
        offset = self.param("offset", nn.initializers.zeros, (channels,))
        kept = (self.num_branches, channels)
        means = self.variable("moments", "mean", jnp.zeros, kept)
        variances = self.variable("moments", "variance", jnp.zeros, kept)
        count = self.variable("moments", "count", jnp.zeros, (), jnp.int32)

        if running:
            mean, variance = self._read(means, variances, count)
            mean, variance = mean[jnp.array(branches)], variance[jnp.array(branches)]
        else:
            source = features if moments_of is None else moments_of
            mean, variance = self._batch_moments(source.astype(jnp.float32))
            if self.is_mutable_collection("moments") and not self.is_initializing():
                means.value = DECAY * means.value + (1 - DECAY) * mean
                variances.value = DECAY * variances.value + (1 - DECAY) * variance
                count.value += 1

        gain = scale * lax.rsqrt(variance + EPSILON)
        shift = offset - mean * gain
        gain = self.sums.spread(gain.astype(features.dtype), features.shape)
        shift = self.sums.spread(shift.astype(features.dtype), features.shape)
        return features * gain + shift

    def _batch_moments(self, source):
        mean = self._over_devices(self.sums.batch_mean(source))
        # The variance's gradient with respect to the mean is zero: deviations cancel.
        centre = self.sums.spread(lax.stop_gradient(mean), source.shape)
        variance = self._over_devices(self.sums.batch_mean(jnp.square(source - centre)))
        return mean, variance

    def _over_devices(self, value):
        if self.axis_name is None or self.is_initializing():
            return value
        return lax.pmean(value, self.axis_name)

    @staticmethod
    def _read(means, variances, count):
        """Zero-debiased averages; before the first update, those of standardised data."""
        seen = count.value > 0
        weight = jnp.where(seen, 1 - DECAY ** count.value.astype(jnp.float32), 1)
        return means.value / weight, jnp.where(seen, variances.value / weight, 1)
