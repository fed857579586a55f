"""Figure 2 of the paper: one image and what the manipulations make of it."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from imgforensics.manipulations import (
    clutter,
    geometry,
    jpeg,
    local_edit,
    photometric,
    ranges,
    recipe,
)
from imgforensics.manipulations.crop import central_crop

_ALONE = (
    "original",
    "reflection",
    "perspective",
    "similarity",
    "gamma",
    "local contrast",
    "erase",
    "replace",
    "JPEG",
    "rectangle",
    "text",
)
_NAMES = (*_ALONE, *["combined"] * 7)


@jax.jit
def _manipulated(key, image):
    """Returns the panels of the figure, float32 [18, size, size], in the order of their names."""
    combined = len(_NAMES) - len(_ALONE)
    keys = jax.random.split(key, 2 + 2 * combined)
    config = ranges.v01()
    drawn = recipe.draw_deformation(keys[0], config)
    outline, text = clutter.draw_clutter(keys[1], config)[1:]
    edit, size = drawn.local_edit, config.output_size
    crop = central_crop(image, size)
    alone = {
        "original": crop,
        "reflection": geometry.warp(image, geometry.Geometry(geometry.Reflection(True)), size),
        "perspective": geometry.perspective(image, drawn.geometry.perspective.offsets, size),
        "similarity": geometry.similarity(image, *drawn.geometry.similarity, size),
        "gamma": photometric.gamma(crop, drawn.exponent),
        "local contrast": local_edit.local_contrast(
            crop, *edit.local_contrast, config.local_contrast.ramp
        ),
        "erase": local_edit.erase(crop, *edit.erase, config.erase.ramp),
        "replace": local_edit.replace(crop, *edit.replace, config.replace.ramp),
        "JPEG": jpeg.jpeg(crop, config.jpeg.quality[0]),
        "rectangle": clutter.draw_outline(crop, outline),
        "text": clutter.write(crop, text, config.text.size),
    }
    config.identity_probability = 0.0
    config.clutter.update(rectangle=0.5, text=0.5)
    deformed = jax.vmap(lambda key: recipe.deform(key, image, config))(keys[2 : 2 + combined])
    deformed = jax.vmap(lambda key, image: clutter.random_clutter(key, image, config))(
        keys[2 + combined :], deformed
    )
    return jnp.concatenate([jnp.stack([alone[name] for name in _ALONE]), deformed])


def deformations(image: np.ndarray, seed: int = 0) -> Figure:
    """Draws an image, every manipulation of it, and examples of the paper's recipe.

    Args:
        image: [H, W], uint8 or float in [0, 1], at least 128 pixels on each side.
        seed: of the draws.
    """
    figure = Figure(figsize=(9, 5.1), layout="compressed")
    panels = _manipulated(jax.random.key(seed), jnp.asarray(image))
    for axis, name, panel in zip(figure.subplots(3, 6).flat, _NAMES, panels, strict=True):
        axis.imshow(panel, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axis.set_title(name, fontsize=9)
        axis.set_axis_off()
    return figure
