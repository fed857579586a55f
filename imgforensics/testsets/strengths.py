"""Single manipulations by their strength, from nothing to beyond what networks are trained on.

Each makes a copy of a micrograph, (key, image [H, W], strength, config) -> float32 [side, side] in
[0, 1], that is to be compared with an anchor cut from the same image. What the strength leaves open
(a direction, a place, the letters) is drawn with the key, so that one key gives one copy that grows
more and more unlike its anchor. The manipulations are those of `imgforensics.manipulations`, one at
a time, and nothing else is done to the copy.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import (
    clutter,
    degrade,
    draws,
    geometry,
    glyphs,
    jpeg,
    local_edit,
    photometric,
)  # fmt: skip
from imgforensics.manipulations.blur import gaussian_blur
from imgforensics.manipulations.crop import central_crop, to_float

Range = tuple[float, float]  # lowest and highest
_LINES, _LINE = 6, 10  # of text at most, and their letters


class Manipulation(NamedTuple):
    """One manipulation, and the strengths at which it is tried.

    Attributes:
        apply: (key, image, strength, config) -> copy.
        unit: what the strength counts.
        strengths: in the order in which they are shown.
        neutral: the strength at which the copy is the anchor, or None.
        trained: from `config.manipulations` to the strengths that training draws, or None.
        logarithmic: whether strengths are shown on a logarithmic axis.
        anchor: (image, side) -> float32 [side, side].
        no_copy: the strength at which the copy shows another place, if any.
    """

    apply: Callable[[jax.Array, jax.Array, jax.Array, ConfigDict], jax.Array]
    unit: str
    strengths: tuple[float, ...]
    neutral: float | None
    trained: Callable[[ConfigDict], Range | None]
    logarithmic: bool = False
    anchor: Callable[[jax.Array, int], jax.Array] = central_crop
    no_copy: float | None = None


def rotate(key, image, degrees, config):
    """Rotates about the centre, either way."""
    return geometry.similarity(image, _sign(key) * degrees, 100, (0, 0), config.output_size)


def scale(key, image, percent, config):
    """Enlarges (above 100) or reduces; far below 100 the image ends within the copy."""
    return geometry.similarity(image, 0, percent, (0, 0), config.output_size)


def shift(key, image, pixels, config):
    """Moves the crop by as many pixels along x as along y, in one of four directions."""
    translation = _sign(key, (2,)) * pixels
    return geometry.similarity(image, 0, 100, translation, config.output_size)


def overlap(key, image, percent, config):
    """A window that is moved along the diagonal, until a percentage of its area is left.

    At 0 it shows another place of the same micrograph, and is no copy any more.
    """
    side = config.output_size
    start = jnp.round(side * (1 - jnp.sqrt(percent / 100))).astype(jnp.int32)
    return jax.lax.dynamic_slice(to_float(image), (start, start), (side, side))


def corner(image: jax.Array, side: int) -> jax.Array:
    """The top left window of an image, with which `overlap` is compared."""
    return to_float(image[:side, :side])


def perspective(key, image, pixels, config):
    """Moves each corner of the image by as many pixels along x as along y, each its own way."""
    return geometry.perspective(image, _sign(key, (4, 2)) * pixels, config.output_size)


def reflect(key, image, axes, config):
    """Mirrors left and right (1), and top and bottom besides (2)."""
    reflection = geometry.Reflection(axes >= 1, axes >= 2)
    return geometry.warp(image, geometry.Geometry(reflection), config.output_size)


def gamma(key, image, exponent, config):
    """Raises gray levels to a power."""
    return photometric.gamma(_crop(image, config), exponent)


def contrast(key, image, factor, config):
    """Multiplies the distances of gray levels from their mean, and clips."""
    return _unless(factor == 1, image, config, lambda crop: photometric.linear(crop, factor, 0.0))


def brightness(key, image, added, config):
    """Adds to all gray levels, and clips."""
    return photometric.linear(_crop(image, config), 1.0, added)


def local_contrast(key, image, factor, config):
    """Multiplies a disc of a drawn place and radius."""
    place, radius = _disc(key, config.local_contrast, config.output_size)
    ramp = config.local_contrast.ramp
    return _unless(
        factor == 1, image, config,
        lambda crop: local_edit.local_contrast(crop, place, radius, factor, ramp),
    )  # fmt: skip


def erase(key, image, percent, config):
    """Erases a disc at a drawn place, with a radius in percent of the side."""
    place, _ = _disc(key, config.erase, config.output_size)
    radius, ramp = percent / 100 * config.output_size, config.erase.ramp
    return _unless(
        percent == 0, image, config, lambda crop: local_edit.erase(crop, place, radius, ramp)
    )


def write(key, image, letters, config):
    """Writes letters in lines of ten, each at a drawn height, and cut at the border."""
    crop, side = _crop(image, config), config.output_size
    for line, line_key in enumerate(jax.random.split(key, _LINES)):
        u = draws.uniform(line_key, 4 + _LINE)
        text = clutter.Text(
            face=draws.integer(u[0], (0, len(glyphs.FACES))),
            letters=draws.integer(u[4:], (0, len(glyphs.LETTERS))),
            length=jnp.clip(letters.astype(jnp.int32) - _LINE * line, 0, _LINE),
            corner=jnp.stack([draws.integer(u[1], (0, side // 8)),
                              draws.integer(u[2], (0, side - config.text.size))]),
            gray=draws.real(u[3], config.text.gray),
        )  # fmt: skip
        crop = clutter.write(crop, text, config.text.size)
    return crop


def compress(key, image, quality, config):
    """Compresses by JPEG."""
    return jpeg.jpeg(_crop(image, config), jnp.round(quality).astype(jnp.int32))


def blur(key, image, sigma, config):
    """Convolves with a Gaussian of a width in pixels."""
    return _unless(
        sigma == 0, image, config, lambda crop: gaussian_blur(crop, jnp.maximum(sigma, 0.1))
    )


def noise(key, image, stddev, config):
    """Adds white noise; white is 1."""
    return degrade.gaussian_noise(key, _crop(image, config), stddev)


def invert(key, image, done, config):
    """Makes the negative (1), or doesn't (0)."""
    return _unless(done == 0, image, config, photometric.invert)


def _drawn(step, field, of=lambda low, high: (low, high)):
    """The range of a field where training does the step at all; older configs lack some steps."""

    def trained(config):
        if step not in config or not config[step].probability:
            return None
        return of(*config[step][field]) if field else (0, 1)

    return trained


def _size(low, high):
    """Of whole numbers that are drawn on both sides of 0, how far they go."""
    return 0, max(-low, high - 1)


def _whole(low, high):
    """Of draws that are whole numbers."""
    return low, high - 1


def _overlap(config):
    farthest = _drawn("similarity", "translation", _size)(config)
    if farthest is None:
        return None
    return 100 * max(0, 1 - farthest[1] / config.output_size) ** 2, 100


def _edited(kind, field, of):
    """Like `_drawn`, for the kinds of local edits."""

    def trained(config):
        edits = config.local_edit
        return of(*config[kind][field]) if edits.probability and edits[kind] else None

    return trained


def _qualities(config):
    """JPEG is done in either of two steps."""
    ranges = [_drawn(step, "quality", _whole)(config) for step in ("jpeg", "recompression")]
    lows_and_highs = list(zip(*filter(None, ranges)))
    return (min(lows_and_highs[0]), max(lows_and_highs[1])) if lows_and_highs else None


def _letters(config):
    return _whole(*config.text.letters) if config.clutter.text else None


MANIPULATIONS = {
    "rotation": Manipulation(
        rotate, "angle (degrees)", (0, 10, 20, 30, 45, 60, 90, 120, 150, 180), 0,
        _drawn("similarity", "angle", _size),
    ),
    "scale": Manipulation(
        scale, "size (%)", (33, 50, 62, 75, 87, 100, 112, 125, 150, 200, 300), 100,
        _drawn("similarity", "percent", _whole), logarithmic=True,
    ),
    "shift": Manipulation(
        shift, "x and y (pixels)", (0, 5, 10, 15, 20, 30, 40, 50, 64), 0,
        _drawn("similarity", "translation", _size),
    ),
    "crop overlap": Manipulation(
        overlap, "common area (%), 0 is no copy", (100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0), 100,
        _overlap, anchor=corner, no_copy=0,
    ),
    "perspective": Manipulation(
        perspective, "corners by (pixels)", (0, 5, 10, 15, 20, 30, 40, 50), 0,
        _drawn("perspective", "offset", _size),
    ),
    "reflection": Manipulation(
        reflect, "mirrored axes", (0, 1, 2), 0, lambda config: (
            (0, 2) if config.reflection.probability else None
        ),
    ),
    "gamma": Manipulation(
        gamma, "exponent", (0.125, 0.25, 0.5, 0.75, 1, 1.25, 2, 4, 8), 1,
        _drawn("gamma", "percent", lambda low, high: (low / 100, (high - 1) / 100)),
        logarithmic=True,
    ),
    "linear contrast": Manipulation(
        contrast, "factor", (0.05, 0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8, 16), 1,
        _drawn("linear", "contrast"), logarithmic=True,
    ),
    "brightness": Manipulation(
        brightness, "added (white is 1)",
        (-0.6, -0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.6), 0,
        _drawn("linear", "brightness"),
    ),
    "local contrast": Manipulation(
        local_contrast, "factor in a disc", (0.125, 0.25, 0.5, 1, 1.5, 2, 3, 4, 8), 1,
        _edited("local_contrast", "factor", lambda low, high: (low, high)), logarithmic=True,
    ),
    "JPEG": Manipulation(
        compress, "quality", (100, 90, 75, 50, 40, 30, 20, 10, 5, 2, 1), None, _qualities,
    ),
    "blur": Manipulation(
        blur, "sigma (pixels)", (0, 0.5, 1, 1.5, 2, 3, 4, 6, 8), 0, _drawn("blur", "sigma"),
    ),
    "noise": Manipulation(
        noise, "standard deviation (white is 1)", (0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.4), 0,
        _drawn("noise", "stddev"),
    ),
    "erasing": Manipulation(
        erase, "radius (% of the side)", (0, 5, 10, 15, 20, 30, 40, 50, 60), 0,
        _edited("erase", "radius", lambda low, high: (100 * low, 100 * high)),
    ),
    "text": Manipulation(
        write, "letters", (0, 5, 10, 15, 20, 30, 40, 50, 60), 0, _letters,
    ),
    "inversion": Manipulation(invert, "0 no, 1 yes", (0, 1), 0, _drawn("inversion", None)),
}  # fmt: skip


def _crop(image, config):
    return central_crop(image, config.output_size)


def _unless(neutral, image, config, change):
    """The changed crop, or exactly the crop where the strength is the neutral one."""
    crop = _crop(image, config)
    return jnp.where(neutral, crop, change(crop))


def _sign(key, shape=()):
    """-1 or 1 with equal probability, float32 of a shape."""
    return jnp.where(draws.chance(jax.random.uniform(key, shape), 0.5), -1.0, 1.0)


def _disc(key, ranges, side):
    """The centre and radius of a disc in pixels, by the ranges of a local edit."""
    u = draws.uniform(key, 3)
    return (
        draws.integer(u[:2], draws.pixels(ranges.centre, side)),
        draws.integer(u[2], draws.pixels(ranges.radius, side)),
    )
