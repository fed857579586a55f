"""How many floating-point operations the network needs."""

import re

from flax import traverse_util


def forward(params: dict, side: int) -> dict[str, int]:
    """Operations of each convolution and dense layer for one image, two a multiplication.

    Normalisations, activations and pooling are left out, as usual.

    Args:
        params: of a network; shapes are enough.
        side: of its input, in pixels.

    Returns:
        By the name of the layer.
    """
    kernels = {
        path[0]: leaf.shape
        for path, leaf in traverse_util.flatten_dict(params).items()
        if path[-1] == "kernel"
    }
    blocks = sum(bool(re.fullmatch(r"block\d+_conv1", name)) for name in kernels)
    counts = {}
    for name, shape in kernels.items():
        counts[name] = 2
        for size in shape:
            counts[name] *= size
        if len(shape) == 4:
            number = re.match(r"block(\d+)_", name)
            counts[name] *= (side >> (int(number[1]) if number else blocks)) ** 2
    return counts


def step(params: dict, side: int) -> int:
    """Operations of a training step for one image: three times those of the forward pass.

    The backward pass costs each layer twice its forward pass, for the gradients of its weights and
    of its input. The first layer needs no gradient of its input.
    """
    counts = forward(params, side)
    return 3 * sum(counts.values()) - counts["block0_conv1"]
