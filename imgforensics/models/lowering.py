"""How 3x3 convolutions and 2x2 max-pooling are lowered on each backend.

On GPU and TPU these are the plain XLA operations. On CPU, XLA's weight gradient of small
convolutions and its gradient of max-pooling run at a fraction of the machine's speed, so that
there they are written as matrix products and comparisons. `cpu_lowering` is the only switch;
both forms compute the same function, up to the order of float additions.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

# Images that one product of the weight gradient covers: fewer leave the cores idle between
# products, more push the columns out of the cache.
_IMAGES_PER_PRODUCT = 4


def cpu_lowering() -> bool:
    """Whether the operations of this module take their CPU form."""
    return jax.default_backend() == "cpu"


def conv(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolves [N, H, W, C] with [h, w, C, D], stride 1 and zero padding, into [N, H, W, D]."""
    if kernel.shape[:2] == (3, 3) and cpu_lowering():
        return _conv3x3_cpu(images, kernel)
    return _conv_xla(images, kernel)


def max_pool(images: jax.Array) -> jax.Array:
    """Maximum over 2x2 blocks: [N, H, W, C] with even H and W into [N, H/2, W/2, C]."""
    return _max_pool_cpu(images) if cpu_lowering() else _max_pool_xla(images)


def _conv_xla(images, kernel):
    return lax.conv_general_dilated(
        images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _columns(images):
    """Each pixel with its left and right neighbours: [N, H, W, C] into [N, H + 2, W, 3 C]."""
    width = images.shape[2]
    padded = jnp.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    return jnp.concatenate([padded[:, :, j : j + width] for j in range(3)], axis=-1)


def _conv3x3_single_channel(images, kernel):
    """The forward pass as one product an image; XLA's is memory-bound for a single channel."""
    height, width = images.shape[1:3]
    weights = kernel.reshape(9, -1)

    def product(image):
        columns = _columns(image[None])[0]
        rows = jnp.concatenate([columns[i : i + height] for i in range(3)], axis=-1)
        return (rows.reshape(-1, 9) @ weights).reshape(height, width, -1)

    return lax.map(product, images)


@jax.custom_vjp
def _conv3x3_cpu(images, kernel):
    if kernel.shape[2] == 1:
        return _conv3x3_single_channel(images, kernel)
    return _conv_xla(images, kernel)


def _conv3x3_forward(images, kernel):
    return _conv3x3_cpu(images, kernel), (images, kernel)


def _conv3x3_backward(residuals, cotangent):
    images, kernel = residuals
    flipped = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return _conv_xla(cotangent, flipped), _weight_gradient(images, cotangent).astype(kernel.dtype)


_conv3x3_cpu.defvjp(_conv3x3_forward, _conv3x3_backward)


def _weight_gradient(images, cotangent):
    """Sums columns^T cotangent over groups of images: float32 [3, 3, C, D]."""
    count, height, width, channels = images.shape
    features = cotangent.shape[-1]
    group = math.gcd(count, _IMAGES_PER_PRODUCT)

    def accumulate(total, group_of_images):
        image, gradient = group_of_images
        columns = _columns(image)
        gradient = gradient.reshape(-1, features)
        rows = [
            jnp.matmul(
                columns[:, i : i + height].reshape(-1, 3 * channels).T,
                gradient,
                preferred_element_type=jnp.float32,
            )
            for i in range(3)
        ]
        return total + jnp.stack(rows), None

    total, _ = lax.scan(
        accumulate,
        jnp.zeros((3, 3 * channels, features), jnp.float32),
        (
            images.reshape(-1, group, height, width, channels),
            cotangent.reshape(-1, group, height, width, features),
        ),
    )
    return total.reshape(3, 3, channels, features)


def _max_pool_xla(images):
    return lax.reduce_window(
        images, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"
    )


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
