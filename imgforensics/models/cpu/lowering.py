"""How 3x3 convolutions and 2x2 max-pooling are lowered on each backend, and calls scheduled.

On GPU and TPU these are the plain XLA operations. On CPU, XLA's small convolutions, their weight
gradients and that of max-pooling run at a fraction of the machine's speed, so that there they are
written as matrix products and comparisons. `cpu_lowering` is the only switch; both forms compute
the same function, up to the order of float additions.
"""

import jax
import jax.numpy as jnp
from jax import lax

from imgforensics.models.cpu import winograd
from imgforensics.utils import compilation

# Multiplications (of 9) below which the CPU form of a convolution saves less than its compilation.
_LEAST_WORK = 1 << 24


def cpu_lowering() -> bool:
    """Whether the operations of this module take their CPU form."""
    return jax.default_backend() == "cpu"


def calls_at_once() -> int:
    """How many calls of the network keep the backend busy.

    Elsewhere than on CPUs one call runs while the next batch is made ready.
    """
    return compilation.side_by_side() if cpu_lowering() else 2


def conv(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolves [N, H, W, C] with [h, w, C, D], stride 1 and zero padding, into [N, H, W, D]."""
    if kernel.shape[:2] == (1, 1):
        return images @ kernel[0, 0]
    if kernel.shape[:2] == (3, 3) and _even(images) and _pays(images, kernel):
        return _in_float32(_conv_cpu, images, kernel)
    return _conv_xla(images, kernel)


def conv_pair(images: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
    """Maximum over 2x2 blocks of conv(relu(conv(images, first)), second).

    Args:
        images: [N, H, W, C] with even H and W.
        first: [3, 3, C, D].
        second: [3, 3, D, D].

    Returns:
        [N, H/2, W/2, D].
    """
    if _pays(images, second):
        return _in_float32(_conv_pair_cpu, images, first, second)
    return plain_conv_pair(images, first, second)


def plain_conv_pair(images: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
    """`conv_pair` by XLA's convolutions on every backend."""
    return max_pool(_conv_xla(jax.nn.relu(_conv_xla(images, first)), second))


def max_pool(images: jax.Array) -> jax.Array:
    """Maximum over 2x2 blocks: [N, H, W, C] with even H and W into [N, H/2, W/2, C]."""
    return _max_pool_cpu(images) if cpu_lowering() else _max_pool_xla(images)


def _pays(images, kernel):
    return cpu_lowering() and images[..., 0].size * kernel[0, 0].size >= _LEAST_WORK


def _even(images):
    return images.shape[1] % 2 == 0 and images.shape[2] % 2 == 0


def _in_float32(function, images, *kernels):
    # CPUs gain nothing from narrower numbers, and the transforms would lose digits.
    result = function(*(array.astype(jnp.float32) for array in (images, *kernels)))
    return result.astype(images.dtype)


def _conv_xla(images, kernel):
    return lax.conv_general_dilated(
        images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


_conv_cpu = jax.custom_vjp(winograd.conv)
_conv_cpu.defvjp(
    lambda images, kernel: (winograd.conv(images, kernel), (images, kernel)),
    lambda residuals, cotangent: winograd.conv_gradients(residuals[0], residuals[1], cotangent),
)


@jax.custom_vjp
def _conv_pair_cpu(images, first, second):
    return winograd.conv_pair(images, first, second)[0]


def _conv_pair_forward(images, first, second):
    pooled, saved = winograd.conv_pair(images, first, second)
    return pooled, (images, first, second, saved)


def _conv_pair_backward(residuals, cotangent):
    return winograd.conv_pair_gradients(*residuals, cotangent)


_conv_pair_cpu.defvjp(_conv_pair_forward, _conv_pair_backward)


def _max_pool_xla(images):
    return lax.reduce_window(images, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def _quarters(images):
    return [images[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]


@jax.custom_vjp
def _max_pool_cpu(images):
    count, height, width, channels = images.shape
    blocks = images.reshape(count, height // 2, 2, width // 2, 2, channels)
    return blocks.max(axis=(2, 4))


def _max_pool_forward(images):
    pooled = _max_pool_cpu(images)
    return pooled, (images, pooled)


def _max_pool_backward(residuals, cotangent):
    # The gradient goes to the first maximum of each block, as in XLA and TensorFlow.
    images, pooled = residuals
    count, height, width, channels = images.shape
    free = jnp.ones(pooled.shape, bool)
    parts = []
    for quarter in _quarters(images):
        first = free & (quarter == pooled)
        free &= ~first
        parts.append(jnp.where(first, cotangent, 0))
    top = jnp.stack(parts[:2], axis=3)
    bottom = jnp.stack(parts[2:], axis=3)
    return (jnp.stack([top, bottom], axis=2).reshape(count, height, width, channels),)


_max_pool_cpu.defvjp(_max_pool_forward, _max_pool_backward)
