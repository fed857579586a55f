"""The three-branch network of the paper (section 3.1, figure 1a) and its options."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

from imgforensics.models import metric
from imgforensics.models.cpu import lowering
from imgforensics.models.interface import ANCHOR, DIFFERENT, SAME
from imgforensics.models.metric import Metric
from imgforensics.models.normalization import (
    BranchNorm,
    Sums,
    local_response_normalize,
    pixel_normalize,
)


def _weights(stddev: float):
    """The truncated normal of TensorFlow: redrawn beyond two of the *given* deviations."""

    def init(key, shape, dtype=jnp.float32):
        return stddev * jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)

    return init


class Kernel(nn.Module):
    """The parameters of a convolution: [size, size, channels, features] and, if any, [features]."""

    features: int
    size: int
    use_bias: bool
    init_stddev: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, channels: int) -> tuple[jax.Array, jax.Array | None]:
        shape = (self.size, self.size, channels, self.features)
        kernel = self.param("kernel", _weights(self.init_stddev), shape).astype(self.dtype)
        if not self.use_bias:
            return kernel, None
        bias = self.param("bias", nn.initializers.constant(0.01), (self.features,))
        return kernel, bias.astype(self.dtype)


class Network(nn.Module):
    """All branches at once: shared parameters, moments of each branch apart.

    Attributes:
        channels: the width of each block; the number of blocks is its length.
        hidden_features: the width of the first dense layer (1024 in the paper).
        embedding_features: how many numbers represent an image (128 in the paper).
        pixel_normalization: normalise each image over its own pixels first.
        batch_normalization: normalise over the batch at the start of every block.
        first_moments_raw: take the first block's batch moments over the raw input although they
            are applied to the pixel-normalised one, as the authors' code does.
        lrn: local response normalisation after the batch normalisation, except in block 0.
        nin: a 1x1 convolution and ReLU ("network in network") after it, except in block 0.
        residual: add a 1x1 projection of each block's input before its pooling (V02).
        metric: the kind of f, see `models.metric`.
        constant_alpha: of the kind constant_alpha_l1.
        init_stddev: of the truncated normal that weights and alpha start from.
        num_branches: for how many branches running moments are kept.
        remat: compute each block again in the backward pass instead of keeping what it needs.
        dtype: of the computation; parameters, moments and embeddings are float32.
        axis_name: the mapped axis over which the batch is spread, if any.
        sums: how means are added up; only parity changes it.
    """

    channels: Sequence[int] = (16, 32, 64, 128)
    hidden_features: int = 1024
    embedding_features: int = 128
    pixel_normalization: bool = True
    batch_normalization: bool = True
    first_moments_raw: bool = True
    lrn: bool = True
    nin: bool = True
    residual: bool = False
    metric: str = "alpha_l1"
    constant_alpha: float = 1.0
    init_stddev: float = 0.01
    num_branches: int = 3
    remat: bool = False
    dtype: jnp.dtype = jnp.float32
    axis_name: str | None = None
    sums: Sums = Sums()

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
            images: float [K, B, H, W] in [0, 1]; H and W must be divisible by
                2 ** len(channels).
            running: normalise with the running moments instead of those of this batch.
            branches: K branch numbers, which say whose running moments to use.
            jitter: brightness offsets and contrast factors, float [K, B] each, applied to the
                pixel-normalised images (V02).

        Returns:
            The embeddings, float32 [K, B, embedding_features], and the metric f on them (eq. 1).
        """
        self._check(images, branches)
        forensic = metric.declare(self, _weights(self.init_stddev))
        norm = {"running": running, "branches": tuple(branches)}
        features = self.spatial(images, jitter, norm)
        features = features.reshape(*features.shape[:2], -1)
        features = self._dense("hidden", self.hidden_features, features)
        if self.batch_normalization:
            features = self._norm("embedding", features, norm)
        embeddings = self._dense("embedding", self.embedding_features, features)
        embeddings = embeddings.astype(jnp.float32)
        return metric.unit(embeddings) if forensic.squared else embeddings, forensic

    def spatial(
        self, images: jax.Array, jitter: tuple[jax.Array, jax.Array] | None, norm: dict
    ) -> jax.Array:
        """The last features that lie in space: images [K, B, H, W] into [K, B, h, w, C].

        What explains the network finds this method by its name, to read the features or to put
        others in their place.

        Args:
            images, jitter: as of the network.
            norm: `running` and `branches`, by which moments are chosen.
        """
        raw = images.astype(jnp.float32)[..., None]
        features = pixel_normalize(raw, self.sums) if self.pixel_normalization else raw
        if jitter is not None:
            features = _jitter(features, *jitter)
        moments_of = raw if self.first_moments_raw else None
        for number, width in enumerate(self.channels):
            block = functools.partial(Network._block, number=number, width=width, norm=norm)
            if self.remat:
                block = nn.remat(block)
            features = block(self, features, moments_of)
            moments_of = None
        return self._opening("head", features, features.shape[-1], norm)

    def _check(self, images, branches):
        factor = 2 ** len(self.channels)
        if images.ndim != 4 or images.shape[0] != len(branches):
            raise ValueError(
                f"images must have shape [{len(branches)}, B, H, W], got {images.shape}"
            )
        if images.shape[2] % factor or images.shape[3] % factor:
            raise ValueError(
                f"{len(self.channels)} blocks need sides divisible by {factor}, "
                f"got {images.shape[2]}x{images.shape[3]}"
            )

    def _block(self, features, moments_of, number, width, norm):
        """One block of figure 1a: [K, B, H, W, C] into [K, B, H/2, W/2, width]."""
        name = f"block{number}"
        if number == 0:
            features = self._norm(name, features, norm, moments_of)
        else:
            features = self._opening(name, features, features.shape[-1], norm)
        features = features.astype(self.dtype)
        first, _ = self._kernel(f"{name}_conv1", features, width, 3)
        second, bias = self._kernel(f"{name}_conv2", features, width, 3, use_bias=True)
        if not self.residual:
            # Bias and ReLU commute with the pooling, after which there is a quarter of the work.
            pooled = _merged(self.sums.conv_pair, features, first, second)
            return nn.relu(self._add(bias, pooled))
        shortcut = self._conv(f"{name}_shortcut", width, features)
        features = nn.relu(_merged(lowering.conv, features, first))
        features = nn.relu(self._add(bias, _merged(lowering.conv, features, second)))
        return _merged(lowering.max_pool, features + shortcut)

    def _opening(self, name, features, width, norm):
        """Batch normalisation, LRN and network-in-network, as far as they are switched on."""
        features = self._norm(name, features, norm)
        if self.lrn:
            features = local_response_normalize(features)
        if self.nin:
            features = nn.relu(self._conv(f"{name}_nin", width, features))
        return features

    def _norm(self, name, features, norm, moments_of=None):
        if not self.batch_normalization:
            return features
        module = BranchNorm(self.num_branches, self.axis_name, self.sums, name=f"{name}_norm")
        return module(features, moments_of=moments_of, **norm)

    def _kernel(self, name, features, width, size, use_bias=False):
        module = Kernel(width, size, use_bias, self.init_stddev, self.dtype, name=name)
        # The second convolution of a block is applied to what has the block's width already.
        return module(width if use_bias else features.shape[-1])

    def _conv(self, name, width, features):
        """A 1x1 convolution without bias."""
        features = features.astype(self.dtype)
        kernel, _ = self._kernel(name, features, width, 1)
        return _merged(lowering.conv, features, kernel)

    def _add(self, bias, features):
        return features + self.sums.spread(bias[None], (1, *features.shape))[0]

    def _dense(self, name, width, features):
        return nn.Dense(
            width,
            dtype=self.dtype,
            kernel_init=_weights(self.init_stddev),
            bias_init=nn.initializers.constant(0.01),
            name=name,
        )(features)


def _merged(function, features, *kernels):
    """Applies a function of [N, H, W, C] to [K, B, H, W, C], all branches as one batch."""
    result = function(features.reshape(-1, *features.shape[2:]), *kernels)
    return result.reshape(*features.shape[:2], *result.shape[1:])


def _jitter(features, brightness, contrast):
    """Contrast about each image's mean, after a shift in brightness; [K, B] factors each."""
    brightness, contrast = (value[..., None, None, None] for value in (brightness, contrast))
    mean = features.mean(axis=(-3, -2, -1), keepdims=True)
    return (features - mean) * contrast + mean + brightness
