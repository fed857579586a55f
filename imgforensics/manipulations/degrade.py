"""What becomes of an image on its way into a figure: retouched, reduced, drawn on, printed, saved.

These go beyond the paper. They come after everything else, as a figure is annotated first and saved
afterwards. What is to be added to the manipulations is added here, to `STEPS`, and to `ranges` with
a probability of 0: configs of before, which lack it, and all draws stay as they are.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import (
    annotations,
    brush,
    draws,
    jpeg,
    photometric,
    print_scan,
    resampling,
    retouch,
)
from imgforensics.manipulations.blur import gaussian_blur


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


def gaussian_noise(key: jax.Array, image: jax.Array, stddev: jax.Array) -> jax.Array:
    """Adds white noise to an image, float32 [H, W] in [0, 1], and clips."""
    return jnp.clip(image + stddev * jax.random.normal(key, image.shape), 0, 1)


def _unkeyed(uniforms, draw, apply):
    """A step whose parameters are made of uniform numbers alone."""
    return Step(uniforms, lambda key, u, section: draw(u, section), apply)


# By their names in the config, in the order in which they are done.
STEPS = {
    "retouch": _unkeyed(retouch.UNIFORMS, retouch.draw_retouch, retouch.retouch),
    "brush": _unkeyed(brush.UNIFORMS, brush.draw_strokes, brush.paint),
    "resampling": _unkeyed(3, resampling.draw_resampling, resampling.down_and_up),
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
    "lines": _unkeyed(annotations.LINE_UNIFORMS, annotations.draw_lines, annotations.draw_on),
    "ring": _unkeyed(annotations.RING_UNIFORMS, annotations.draw_a_ring, annotations.draw_ring),
    "frame": _unkeyed(annotations.FRAME_UNIFORMS, annotations.draw_a_frame, annotations.draw_frame),
    "print_scan": _unkeyed(print_scan.UNIFORMS, print_scan.draw_page, print_scan.print_and_scan),
    "earlier_jpeg": _unkeyed(3, jpeg.draw_elsewhere, jpeg.jpeg_elsewhere),
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
