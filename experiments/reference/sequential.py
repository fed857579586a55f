"""Sums in the order of the authors' TensorFlow build, to tell their rounding from a difference.

That build adds float32 numbers one after another: the rows of a batch in a single run for each
channel, and single-channel images in runs of 8192 pixels, each in eight interleaved lanes. Over the
32 768 rows of a small batch this loses about four digits, and images of little contrast, the ReLUs
and the last batch normalisation over eight samples amplify the loss. Adding in the same order, and
convolving pixel by pixel and not by tiles, removes it.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from imgforensics.models.cpu import lowering
from imgforensics.models.normalization import Sums

_RUN, _LANES = 8192, 8


class SequentialSums(Sums):
    """Adds float32 numbers in the reference's order; far too slow for anything but parity."""

    def pixel_mean(self, images):
        flat = images.reshape(*images.shape[:2], -1)
        mean = _sum_of_pixels(flat) / flat.shape[-1]
        return mean.reshape(*images.shape[:2], 1, 1, 1)

    def batch_mean(self, features):
        return _batch_mean(features)

    def conv_pair(self, images, first, second):
        return lowering.plain_conv_pair(images, first, second)

    def spread(self, channels, shape):
        return _spread(channels, shape)


def _running_sum(rows):
    """Adds [N, ...] over its first axis from the first to the last."""
    return lax.scan(lambda total, row: (total + row, None), jnp.zeros(rows.shape[1:]), rows)[0]


def _across(parts):
    """Adds the last axis, whose length is a power of two, half to half."""
    while parts.shape[-1] > 1:
        half = parts.shape[-1] // 2
        parts = parts[..., :half] + parts[..., half:]
    return parts[..., 0]


def _sum_of_pixels(flat):
    """Adds the last axis of [..., N] in runs and lanes; N is at most a power of two of runs."""
    runs = flat.reshape(*flat.shape[:-1], max(1, flat.shape[-1] // _RUN), -1, _LANES)
    sums = _across(_running_sum(jnp.moveaxis(runs, -2, 0)))
    while sums.shape[-1] > 1:  # neighbouring runs first
        sums = sums[..., ::2] + sums[..., 1::2]
    return sums[..., 0]


def _sum_of_rows(features):
    """Adds each branch and channel of [K, B, ..., C] into [K, C]."""
    if features.shape[-1] == 1:
        return _sum_of_pixels(features.reshape(features.shape[0], -1))[:, None]
    rows = features.reshape(features.shape[0], -1, features.shape[-1])
    return _running_sum(jnp.moveaxis(rows, 1, 0))


def _repeat(channels, shape):
    middle = (1,) * (len(shape) - 2)
    return jnp.broadcast_to(channels.reshape(shape[0], *middle, shape[-1]), shape)


@jax.custom_vjp
def _batch_mean(features):
    return _sum_of_rows(features) / np.prod(features.shape[1:-1])


def _batch_mean_forward(features):
    return _batch_mean(features), features


def _batch_mean_backward(features, cotangent):
    count = np.prod(features.shape[1:-1])
    return (_repeat(cotangent / count, features.shape),)


_batch_mean.defvjp(_batch_mean_forward, _batch_mean_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def _spread(channels, shape):
    return _repeat(channels, shape)


def _spread_forward(channels, shape):
    return _repeat(channels, shape), None


def _spread_backward(shape, _, cotangent):
    return (_sum_of_rows(cotangent),)


_spread.defvjp(_spread_forward, _spread_backward)
