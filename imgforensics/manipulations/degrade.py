"""What an image loses on its way into a figure: blur, noise, contrast and a last compression.

These go beyond the paper. They come after everything else, as a figure is annotated first and saved
afterwards. What is to be added to the manipulations is added here, to `STEPS`, and to `ranges` with
a probability of 0: configs of before, which lack it, and all draws stay as they are.
"""

import functools
import zlib
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from ml_collections import ConfigDict

from imgforensics.manipulations import draws, jpeg, photometric


class Step(NamedTuple):
    """A step of a degradation.

    Attributes:
        uniforms: how many uniform numbers `draw` takes.
        draw: (key, u [uniforms], the step's section of the config) -> the parameters of `apply`.
        apply: (image, *parameters) -> image, float32 [H, W] in [0, 1] both.
    """

    uniforms: int
    draw: Callable[[jax.Array, jax.Array, ConfigDict], tuple[jax.Array, ...]]
    apply: Callable[..., jax.Array]


class Drawn(NamedTuple):
    """Whether a step is done to an image, and its parameters."""

    done: jax.Array  # bool
    parameters: tuple[jax.Array, ...]


def gaussian_blur(image: jax.Array, sigma: jax.Array) -> jax.Array:
    """Convolves an image with a Gaussian, of which only what lies inside the image counts.

    Args:
        image: float32 [H, W].
        sigma: scalar in pixels, > 0.

    Returns:
        float32 [H, W] in the range of the input.
    """
    # dm_pix's kernels of different images become a grouped convolution under vmap, which CPUs do
    # one channel at a time; two products with a matrix are fast everywhere.
    height, width = image.shape
    # In full: accelerators would round the factors to ten bits.
    product = functools.partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    return product(product(_weights(height, sigma), image), _weights(width, sigma).T)


def _weights(side, sigma):
    """float32 [side, side]: the Gaussian's weights about each pixel, with sums of 1."""
    place = jnp.arange(side)
    weights = jnp.exp(-0.5 * jnp.square((place[:, None] - place) / sigma))
    return weights / weights.sum(axis=1, keepdims=True)


def gaussian_noise(key: jax.Array, image: jax.Array, stddev: jax.Array) -> jax.Array:
    """Adds white noise to an image, float32 [H, W] in [0, 1], and clips."""
    return jnp.clip(image + stddev * jax.random.normal(key, image.shape), 0, 1)


# By their names in the config, in the order in which they are done.
STEPS = {
    "blur": Step(1, lambda key, u, section: (draws.real(u[0], section.sigma),), gaussian_blur),
    "noise": Step(
        1,
        lambda key, u, section: (key, draws.real(u[0], section.stddev)),
        lambda image, key, stddev: gaussian_noise(key, image, stddev),
    ),
    "linear": Step(
        2,
        lambda key, u, section: (
            draws.real(u[0], section.contrast),
            draws.real(u[1], section.brightness),
        ),
        photometric.linear,
    ),
    "inversion": Step(0, lambda key, u, section: (), photometric.invert),
    "recompression": Step(
        1, lambda key, u, section: (draws.integer(u[0], section.quality),), jpeg.jpeg
    ),
}
# The uniform numbers of these come from one call. Results of training and evaluation rest on them,
# so that the list stays as it is: every other step has a key of its own.
_TOGETHER = ("blur", "noise", "linear", "inversion", "recompression")


def steps(config: ConfigDict) -> list[str]:
    """Returns those of the `STEPS` that a config ever does; one that it lacks is never done."""
    return [step for step in STEPS if step in config and config[step].probability > 0]


def draw_degradation(key: jax.Array, config: ConfigDict) -> dict[str, Drawn]:
    """Draws each of the `steps` by the probabilities and ranges of a config (see `ranges`).

    What is drawn for one step doesn't depend on which others there are.
    """
    numbers = _numbers_together(key)
    drawn = {}
    for step in steps(config):
        step_key, done, u = numbers[step] if step in numbers else _own_numbers(key, step)
        section = config[step]
        done = draws.chance(done, section.probability)
        drawn[step] = Drawn(done, STEPS[step].draw(step_key, u, section))
    return drawn


def _numbers_together(key):
    """A key, a number for whether it is done, and those of its parameters, for each `_TOGETHER`."""
    noise_key, key = jax.random.split(key)  # noise is the only one that needs a key
    counts = {step: STEPS[step].uniforms for step in _TOGETHER}
    u = draws.uniforms(key, done=len(_TOGETHER), **counts)
    return {step: (noise_key, done, u[step]) for step, done in zip(_TOGETHER, u["done"])}


def _own_numbers(key, step):
    """The same for another step, by its name."""
    step_key, key = jax.random.split(jax.random.fold_in(key, zlib.crc32(step.encode())))
    u = draws.uniforms(key, done=1, parameters=STEPS[step].uniforms)
    return step_key, u["done"][0], u["parameters"]


def degrade(image: jax.Array, drawn: dict[str, Drawn]) -> jax.Array:
    """Degrades an image; steps that are never done are not compiled.

    Args:
        image: float32 [H, W] in [0, 1].
        drawn: what to do, from `draw_degradation`.

    Returns:
        float32 [H, W] in [0, 1].
    """
    for step in STEPS:  # not in the order of `drawn`: transformations sort dictionaries
        if step in drawn:
            done, parameters = drawn[step]
            image = jnp.where(done, STEPS[step].apply(image, *parameters), image)
    return image
