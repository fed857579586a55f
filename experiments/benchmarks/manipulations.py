"""Comparison 1: triplets a second, against scikit-image with Pillow and against kornia."""

import jax
import ml_collections
import numpy as np
import torch

from experiments.benchmarks import batched_kornia, per_image, timing
from experiments.benchmarks.agreement import require
from experiments.benchmarks.images import smooth
from imgforensics.manipulations import recipe

PER_IMAGE, KORNIA = "scikit-image and Pillow", "kornia on PyTorch"
# Mean absolute differences in standard deviations of our images, of the worst image. kornia does
# the same arithmetic; scikit-image and Pillow resample up to three times, once bicubically.
_TOLERANCE = {PER_IMAGE: 0.1, KORNIA: 1e-3}


def compare(config: ml_collections.ConfigDict, repeats: int) -> dict:
    """Checks that all three make the same triplets from the same draws, then times them.

    Args:
        config: of a run, with the manipulations of version V01.
        repeats: timed calls of each.

    Returns:
        The comparison's record.

    Raises:
        UserError: they don't make the same triplets.
    """
    random = np.random.default_rng(config.seed)
    anchors, others = (smooth(random, config.batch_size) for _ in range(2))
    keys = jax.random.split(jax.random.key(config.seed), config.batch_size)
    ranges = config.manipulations
    make = jax.jit(lambda keys, *sources: recipe.triplets(keys, *sources, ranges))
    draw = jax.jit(jax.vmap(lambda key: recipe.draw_triplet(key, ranges)))
    drawn = jax.tree.map(np.array, draw(keys))
    draws = [jax.tree.map(lambda leaf: leaf[i], drawn) for i in range(config.batch_size)]
    tensors = jax.tree.map(torch.from_numpy, drawn)
    on_device = jax.device_put((anchors, others))
    as_tensors = torch.from_numpy(anchors), torch.from_numpy(others)

    def ours():
        return jax.block_until_ready(make(keys, *on_device))

    def image_by_image():
        return [per_image.triplet(*each, ranges) for each in zip(anchors, others, draws)]

    def kornia():
        with torch.inference_mode():
            return batched_kornia.triplets(*as_tensors, tensors, ranges)

    made = np.stack(ours())
    checks = [
        _check(PER_IMAGE, made, np.swapaxes(image_by_image(), 0, 1)),
        _check(KORNIA, made, kornia().numpy()),
    ]
    calls = {"ours": ours, PER_IMAGE: image_by_image, KORNIA: kornia}
    seconds = timing.by_turns(calls, repeats, "manipulations")
    includes = {
        "ours": "drawing and doing, as one compiled program for the batch",
        PER_IMAGE: "doing what was drawn, image by image in one process",
        KORNIA: "doing what was drawn, each step to those images that it was drawn for",
    }
    rates = {
        name: timing.rate(config.batch_size, each, unit="triplets", includes=includes[name])
        for name, each in seconds.items()
    }
    return {"checks": checks} | timing.against(rates.pop("ours"), rates)


def _check(peer, ours, theirs):
    differences = np.abs(ours - theirs).mean(axis=(2, 3)) / ours.std(axis=(2, 3))
    quantity = f"triplets of {peer} from the same draws and ours"
    return require(quantity, differences.max(), _TOLERANCE[peer])
