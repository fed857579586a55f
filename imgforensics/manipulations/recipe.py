"""How the manipulations make triplets (paper section 3.3, and the authors' code where it differs).

    anchor = clutter(crop(x)), same = clutter(deform(x)), different = clutter(deform(y))

Ranges beyond the paper's degrade the same and the different image at the end.
"""

import zlib
from typing import NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from imgforensics.manipulations import (
    degrade,
    draws,
    geometry,
    jpeg,
    local_edit,
    overlap,
    photometric,
)
from imgforensics.manipulations.clutter import Clutter, clutter, draw_clutter
from imgforensics.manipulations.crop import central_crop, subtract_minimum

STEPS = ("reflection", "perspective", "similarity", "jpeg", "gamma", "local_edit")
# Triplets that a CPU makes at once: their crops stay in its cache from one step to the next.
_CHUNK = 32
_DEGRADATION = 5  # folded into a triplet's key; `draw_triplet` splits it into 0 to 4
_OVERLAP = zlib.crc32(b"overlap")  # folded into a deformation's key


class Deformation(NamedTuple):
    """Which of the `STEPS` are done to an image, and the parameters of them all."""

    done: dict[str, jax.Array]  # bool for each step
    geometry: geometry.Geometry
    quality: jax.Array  # of JPEG
    exponent: jax.Array  # of gamma
    local_edit: local_edit.LocalEdit
    window: tuple[jax.Array, overlap.Window] | None = None  # bool, if it replaces the geometry


class TripletDraws(NamedTuple):
    """All that is random about a triplet of two given images."""

    same: Deformation
    different: Deformation
    clutter: tuple[Clutter, Clutter, Clutter]  # of the anchor, the same and the different image


def draw_deformation(key: jax.Array, config: ConfigDict) -> Deformation:
    """Draws a deformation by the probabilities and ranges of a config (see `ranges`).

    An overlapping crop, where one is drawn, takes the place of all of the geometry.
    """
    u = draws.uniforms(
        key,
        done=1 + len(STEPS),
        reflection=2,
        perspective=8,
        similarity=4,
        jpeg=1,
        gamma=1,
        local_edit=13,
    )
    identity, *each = u["done"]
    deformed = ~draws.chance(identity, config.identity_probability)
    return Deformation(
        {
            step: deformed & draws.chance(step_u, config[step].probability)
            for step, step_u in zip(STEPS, each)
        },
        geometry.Geometry(
            geometry.draw_reflection(u["reflection"], config),
            geometry.draw_perspective(u["perspective"], config),
            geometry.draw_similarity(u["similarity"], config),
        ),
        jpeg.draw_jpeg(u["jpeg"], config),
        photometric.draw_gamma(u["gamma"], config),
        local_edit.draw_local_edit(u["local_edit"], config),
        _draw_window(key, deformed, config),
    )


def _draw_window(key, deformed, config):
    """Of a key of its own, so that other draws are the same with and without it."""
    if "overlap" not in config or not config.overlap.probability:
        return None
    u = draws.uniforms(jax.random.fold_in(key, _OVERLAP), done=1, window=6)
    done = deformed & draws.chance(u["done"][0], config.overlap.probability)
    return done, overlap.draw_window(u["window"], config)


def apply_deformation(image: jax.Array, deformation: Deformation, config: ConfigDict) -> jax.Array:
    """Deforms an image; steps whose probability is 0 are not compiled.

    Args:
        image: [H, W], uint8 or float in [0, 1].
        deformation: what to do.
        config: which steps there are, and the output size.

    Returns:
        float32 [output_size, output_size] in [0, 1].
    """
    done = deformation.done
    steps = {
        "jpeg": lambda crop: jpeg.jpeg(crop, deformation.quality),
        "gamma": lambda crop: photometric.gamma(crop, deformation.exponent),
        "local_edit": lambda crop: local_edit.local_edit(crop, deformation.local_edit, config),
    }
    placed = _done_geometry(deformation)
    if deformation.window is not None:
        instead, window = deformation.window
        replaced = overlap.place(window, image.shape, config.output_size)
        placed = jax.tree.map(lambda *each: jnp.where(instead, *each), replaced, placed)
    crop = geometry.warp(image, placed, config.output_size)
    if config.subtract_minimum:
        crop = subtract_minimum(crop)
    for step, do in steps.items():
        if config[step].probability > 0:
            crop = jnp.where(done[step], do(crop), crop)
    return crop


def _done_geometry(deformation):
    """The parameters of the geometric steps that are done, the identity in place of the others."""
    return geometry.Geometry(
        **{
            step: jax.tree.map(
                lambda drawn, default: jnp.where(deformation.done[step], drawn, default),
                drawn,
                type(drawn)(*map(jnp.asarray, type(drawn)())),
            )
            for step, drawn in deformation.geometry._asdict().items()
        }
    )


def deform(key: jax.Array, image: jax.Array, config: ConfigDict) -> jax.Array:
    """Deforms an image at random (`deformation` in the paper).

    Args:
        key: of the draws.
        image: [H, W], uint8 or float in [0, 1].
        config: the ranges and probabilities.

    Returns:
        float32 [output_size, output_size] in [0, 1].
    """
    return apply_deformation(image, draw_deformation(key, config), config)


def draw_triplet(key: jax.Array, config: ConfigDict) -> TripletDraws:
    """Draws the deformations and the clutter of a triplet."""
    same_key, different_key, *clutter_keys = jax.random.split(key, 5)
    one, two, three = (draw_clutter(clutter_key, config) for clutter_key in clutter_keys)
    return TripletDraws(
        draw_deformation(same_key, config),
        draw_deformation(different_key, config),
        (one, two, three),
    )


def triplet(
    key: jax.Array,
    anchor_source: jax.Array,
    different_source: jax.Array,
    config: ConfigDict,
    same_source: jax.Array | None = None,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Makes one training example of two different images.

    Args:
        key: of the draws.
        anchor_source: [H, W], uint8 or float in [0, 1].
        different_source: likewise, of another image.
        config: the ranges and probabilities.
        same_source: likewise, of which the same image is made; if None, of the anchor's.

    Returns:
        anchor, same and different, each float32 [output_size, output_size] in [0, 1].
    """
    drawn = draw_triplet(key, config)
    anchor = central_crop(anchor_source, config.output_size)
    copied = anchor_source if same_source is None else same_source
    same = apply_deformation(copied, drawn.same, config)
    if config.deform_different:
        different = apply_deformation(different_source, drawn.different, config)
    else:
        different = central_crop(different_source, config.output_size)
    anchor, same, different = (
        clutter(image, its_clutter, config)
        for image, its_clutter in zip((anchor, same, different), drawn.clutter)
    )
    if degrade.steps(config):
        # Of a key of their own, so that the paper's draws are the same with and without them.
        keys = jax.random.split(jax.random.fold_in(key, _DEGRADATION))
        same, different = (
            degrade.degrade(image, degrade.draw_degradation(each, config))
            for each, image in zip(keys, (same, different))
        )
    return anchor, same, different


def triplets(
    keys: jax.Array,
    anchor_sources: jax.Array,
    different_sources: jax.Array,
    config: ConfigDict,
    same_sources: jax.Array | None = None,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Makes a batch of triplets: keys [B], sources [B, H, W], results [B, size, size] each."""

    def each(key, anchor, different, same):
        return triplet(key, anchor, different, config, same)

    batch = keys, anchor_sources, different_sources, same_sources
    if jax.default_backend() == "cpu" and len(keys) % _CHUNK == 0:
        return jax.lax.map(lambda one: each(*one), batch, batch_size=_CHUNK)
    return jax.vmap(each)(*batch)
