"""3x3 convolutions by Winograd's minimal filtering, in groups of images that stay in the cache.

F(2x2, 3x3) computes a 2x2 tile of the result from a 4x4 tile of the image with 16 products instead
of 36 (Lavin and Gray, 2016). An image is kept as its four *phases*, the pixels of even and odd rows
and columns, so that each number of a tile is a slice of one of them. The tiles of the result are
the blocks of a 2x2 pooling, which therefore needs no image put together either.

Inside a group, arrays have shape [n, rows, columns * channels]: long contiguous rows are what the
compiler makes vector instructions of. A grid is a list of lists of them, by row and column of a
tile, of a phase or of a *quarter* (the unpadded phases of a result).
"""

import functools
import itertools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# The three transforms of F(2x2, 3x3): tile, kernel and result. A gradient of the result takes
# the transpose of the last.
_TILE = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]])
_KERNEL = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], np.float32)
_RESULT = np.array([[1, 1, 1, 0], [0, 1, -1, 1]])

# Numbers in one of the 16 arrays of a group: few enough for the cache, many enough that a product
# outweighs its start.
_GROUP_NUMBERS = 1 << 15

# With fewer channels, neighbouring pixels share a row of a product (with a block-diagonal kernel):
# shorter rows leave vector units idle.
_SHORTEST_ROW = 32

_TAPS = list(itertools.product(range(3), range(3)))
_QUARTERS = list(itertools.product(range(2), range(2)))

Grid = list[list[jax.Array]]


@jax.jit  # so that a network traces, and lowers, those of one shape once
def conv(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolves float32 [N, H, W, C] (even H, W) with [3, 3, C, D], stride 1 and zero padding."""
    convolve = functools.partial(_conv, kernel=kernel)
    size = _group_size(images, kernel)
    features = kernel.shape[-1]
    result = _in_groups(size, lambda group: _image(convolve(_phases(group)), features), images)
    return result.reshape(*images.shape[:3], features)


def conv_gradients(
    images: jax.Array, kernel: jax.Array, cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The gradients of `conv` with respect to images and kernel."""
    convolve_back = functools.partial(_conv, kernel=_adjoint(kernel))

    def group(total, arrays):
        group_of_images, gradient = arrays
        phases = _phases(gradient)
        quarters = [[_unpadded(phases, i, j, kernel.shape[-1]) for j in (0, 1)] for i in (0, 1)]
        total += _kernel_gradient(_phases(group_of_images), quarters, kernel)
        return total, _image(convolve_back(phases), kernel.shape[2])

    size = _group_size(images, kernel)
    total, gradient = _accumulate(size, group, _zero_total(kernel), images, cotangent)
    return gradient.reshape(images.shape), _total_to_kernel(total, kernel)


def conv_pair(
    images: jax.Array, first: jax.Array, second: jax.Array
) -> tuple[jax.Array, tuple[Grid, jax.Array]]:
    """Maximum over 2x2 blocks of conv(relu(conv(images, first)), second).

    Args:
        images: float32 [N, H, W, C], even H and W.
        first: float32 [3, 3, C, D].
        second: float32 [3, 3, D, D].

    Returns:
        The maxima, float32 [N, H/2, W/2, D], and what `conv_pair_gradients` needs: the first
        convolution's rectified result by quarters, and the number of the quarter that holds each
        maximum, uint8.
    """
    features = second.shape[-1]

    def group(group_of_images):
        inner = _map(jax.nn.relu, _conv(_phases(group_of_images), first))
        outputs = _conv(_phases_of_quarters(inner, features), second)
        quarters = list(itertools.chain.from_iterable(outputs))
        pooled = functools.reduce(jnp.maximum, quarters)
        which = jnp.uint8(3)
        for number in (2, 1, 0):  # the first of equal ones wins, as in XLA and TensorFlow
            which = jnp.where(quarters[number] == pooled, jnp.uint8(number), which)
        return pooled, (inner, which)

    pooled, saved = _in_groups(_group_size(images, second), group, images)
    count, height, width, _ = images.shape
    return pooled.reshape(count, height // 2, width // 2, features), saved


def conv_pair_gradients(
    images: jax.Array,
    first: jax.Array,
    second: jax.Array,
    saved: tuple[Grid, jax.Array],
    cotangent: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The gradients of `conv_pair` with respect to images, first and second."""
    features = second.shape[-1]

    def group(totals, arrays):
        group_of_images, (inner, which), gradient = arrays
        outer = [[jnp.where(which == 2 * i + j, gradient, 0) for j in (0, 1)] for i in (0, 1)]
        phases = _phases_of_quarters(inner, features)
        second_total = totals[1] + _kernel_gradient(phases, outer, second)
        gradient = _conv(_phases_of_quarters(outer, features), _adjoint(second))
        gradient = _map(lambda value, g: jnp.where(value > 0, g, 0), inner, gradient)
        first_total = totals[0] + _kernel_gradient(_phases(group_of_images), gradient, first)
        return (first_total, second_total), _image_gradient(gradient, first)

    start = _zero_total(first), _zero_total(second)
    cotangent = cotangent.reshape(*cotangent.shape[:2], -1)
    size = _group_size(images, second)
    totals, gradient = _accumulate(size, group, start, images, saved, cotangent)
    kernels = (_total_to_kernel(total, k) for total, k in zip(totals, (first, second), strict=True))
    return gradient.reshape(images.shape), *kernels


def _conv(phases: Grid, kernel: jax.Array) -> Grid:
    """The convolution's result by quarters."""
    channels, features = kernel.shape[2:]
    if channels == 1:  # too little to multiply for tiles
        weights = kernel.reshape(9, features)
        return [
            [_reshaped(_columns(phases, i, j) @ weights, phases) for j in (0, 1)] for i in (0, 1)
        ]
    tiles = _tiles(phases, channels)
    pixels = _pixels_a_row(tiles[0][0].size // channels, channels)
    blocks = jnp.einsum("pq,ijcd->ijpcqd", jnp.eye(pixels), _to_tile(kernel))
    blocks = blocks.reshape(4, 4, pixels * channels, pixels * features)
    products = [
        [(tile.reshape(-1, pixels * channels) @ block) for tile, block in zip(*rows, strict=True)]
        for rows in zip(tiles, blocks, strict=True)
    ]
    return _transform(_RESULT, _map(lambda product: _reshaped(product, phases), products))


def _kernel_gradient(phases: Grid, quarters: Grid, kernel: jax.Array) -> jax.Array:
    """The kernel's gradient from that of the result, as `_total_to_kernel` takes it."""
    channels, features = kernel.shape[2:]
    if channels == 1:
        return sum(
            _columns(phases, i, j).T @ quarters[i][j].reshape(-1, features) for i, j in _QUARTERS
        )
    tiles, gradient = _tiles(phases, channels), _transform(_RESULT.T, quarters)
    pixels = _pixels_a_row(tiles[0][0].size // channels, channels)
    products = [
        [
            tile.reshape(-1, pixels * channels).T @ g.reshape(-1, pixels * features)
            for tile, g in zip(*rows, strict=True)
        ]
        for rows in zip(tiles, gradient, strict=True)
    ]
    blocks = jnp.stack([jnp.stack(row) for row in products])
    blocks = blocks.reshape(4, 4, pixels, channels, pixels, features)
    return jnp.einsum("ijpcpd->ijcd", blocks)


def _image_gradient(quarters, kernel):
    """The gradient of a convolution's images, [n, H, W * C], from that of its result."""
    channels, features = kernel.shape[2:]
    if channels > 1:
        phases = _phases_of_quarters(quarters, features)
        return _image(_conv(phases, _adjoint(kernel)), channels)
    image = _image(quarters, features)
    image = image.reshape(*image.shape[:2], -1, features)
    gradient = lax.conv_general_dilated(
        image, _adjoint(kernel), (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return gradient[..., 0]


def _zero_total(kernel):
    channels, features = kernel.shape[2:]
    shape = (9, features) if channels == 1 else (4, 4, channels, features)
    return jnp.zeros(shape, jnp.float32)


def _total_to_kernel(total, kernel):
    if kernel.shape[2] == 1:
        return total.reshape(kernel.shape)
    return jnp.einsum("ai,bj,abcd->ijcd", _KERNEL, _KERNEL, total)


def _to_tile(kernel):
    """[3, 3, C, D] into [4, 4, C, D]."""
    return jnp.einsum("ai,bj,ijcd->abcd", _KERNEL, _KERNEL, kernel)


def _adjoint(kernel):
    """The kernel with which a convolution's gradient passes back to its images."""
    return kernel[::-1, ::-1].transpose(0, 1, 3, 2)


def _pixels_a_row(pixels, channels):
    return math.gcd(pixels, max(1, _SHORTEST_ROW // channels))


def _combine(coefficients, arrays):
    """The sum of arrays times coefficients of -1, 0 and 1."""
    terms = [(c, array) for c, array in zip(coefficients, arrays, strict=True) if c]
    (_, total), *rest = sorted(terms, key=lambda term: -term[0])  # all have a positive one
    for sign, array in rest:
        total = total + array if sign > 0 else total - array
    return total


def _transform(matrix, grid):
    """matrix grid matrix^T, for a grid of arrays."""
    arrays = list(itertools.chain.from_iterable(grid))
    return [
        [_combine(np.outer(row, column).ravel(), arrays) for column in matrix] for row in matrix
    ]


def _map(function, *grids):
    return [
        [function(*cells) for cells in zip(*rows, strict=True)] for rows in zip(*grids, strict=True)
    ]


def _phases(images):
    """Padded images [n, H, W, C] by rows and columns modulo 2: [n, H/2 + 1, (W/2 + 1) * C]."""
    padded = jnp.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    phases = [[padded[:, i::2, j::2] for j in (0, 1)] for i in (0, 1)]
    return _map(lambda phase: phase.reshape(*phase.shape[:2], -1), phases)


def _phases_of_quarters(quarters, channels):
    """The phases of the image whose rows and columns modulo 2 are `quarters`."""
    # Padding moves even rows to odd ones and adds a row of zeros.
    rows, columns = ((1, 0), (0, 1)), ((channels, 0), (0, channels))
    return [
        [jnp.pad(quarters[1 - i][1 - j], [(0, 0), rows[i], columns[j]]) for j in (0, 1)]
        for i in (0, 1)
    ]


def _unpadded(phases, i, j, channels):
    """The quarter (i, j), the inverse of `_phases_of_quarters`."""
    return _shifted(phases, i + 1, j + 1, channels)


def _image(quarters, channels):
    """Puts quarters [n, H/2, W/2 * C] together to [n, H, W * C]."""
    quarters = _map(lambda q: q.reshape(*q.shape[:2], -1, channels), quarters)
    rows = [jnp.stack(row, axis=3) for row in quarters]
    count, height, width = rows[0].shape[:3]
    return jnp.stack(rows, axis=2).reshape(count, 2 * height, 2 * width * channels)


def _shifted(phases, i, j, channels):
    """Pixel (2 y + i, 2 x + j) of the padded image for every y and x: [n, H/2, W/2 * C]."""
    array = phases[i % 2][j % 2]
    height, width = array.shape[1] - 1, array.shape[2] - channels
    left = j // 2 * channels
    return array[:, i // 2 : i // 2 + height, left : left + width]


def _tiles(phases, channels):
    """The transformed tiles: a 4x4 grid."""
    pixels = [[_shifted(phases, i, j, channels) for j in range(4)] for i in range(4)]
    return _transform(_TILE, pixels)


def _columns(phases, i, j):
    """The 3x3 neighbourhood of each pixel of a quarter, for a single channel: [pixels, 9]."""
    columns = jnp.stack([_shifted(phases, i + a, j + b, 1) for a, b in _TAPS], axis=-1)
    return columns.reshape(-1, 9)


def _reshaped(product, phases):
    """The rows of a product as [n, H/2, W/2 * D]."""
    count, height, _ = phases[0][0].shape
    return product.reshape(count, height - 1, -1)


def _group_size(images, kernel):
    count, height, width, _ = images.shape
    most = max(1, 4 * _GROUP_NUMBERS // (height * width * kernel.shape[-1]))
    return max(size for size in range(1, min(count, most) + 1) if count % size == 0)


def _split(size, tree):
    return jax.tree.map(lambda a: a.reshape(a.shape[0] // size, size, *a.shape[1:]), tree)


def _joined(tree):
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), tree)


def _in_groups(size: int, function: Callable, images: jax.Array):
    """Maps a function of [size, H, W, C] over [N, H, W, C]."""
    return _joined(lax.map(function, _split(size, images)))


def _accumulate(size: int, function: Callable, start, *arrays):
    """As `_in_groups`, for a function of (total, arrays) that returns a new total and a result."""
    total, result = lax.scan(function, start, _split(size, arrays))
    return total, _joined(result)
