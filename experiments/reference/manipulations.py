"""Comparison of the manipulations with the outputs of the authors' code."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from experiments.reference import Check
from imgforensics.manipulations import clutter, geometry, jpeg, local_edit, photometric, ranges
from imgforensics.manipulations.crop import central_crop

_ONCE = (
    "the authors resample at each step (rotation, then scale) and so blur twice, this code "
    "once; their scale is to whole pixels, which is reproduced"
)
# Largest mean absolute difference, in standard deviations of the reference, and what explains it.
_GEOMETRY = {
    "rotate": (0.02, "both bilinear"),
    "rescale": (0.02, "both bilinear, without anti-aliasing"),
    "translate": (0.02, "whole pixels, nothing is interpolated"),
    "similarity": (0.10, _ONCE),
    "perspective": (0.13, "the authors interpolate bicubically, this code bilinearly"),
}
_LEVEL = 0.5 / 255
_PSNR = 45.0  # dB


def check(golden: Mapping[str, np.ndarray]) -> list[Check]:
    """Repeats every manipulation of a golden file.

    Args:
        golden: arrays of the file by name; tests/golden/README.md tells what they are.

    Returns:
        One check for each manipulation, over all images of the file.
    """
    return [*_check_geometry(golden), *_check_levels(golden), _check_jpeg(golden)]


def _check_geometry(golden):
    images = jnp.asarray(golden["images"])
    count, side = images.shape[0], golden["rotate/output_crop"].shape[-1]
    angle, percent = golden["similarity/angle_deg"], golden["similarity/scale_percent"]
    translation = np.stack(
        [golden["similarity/translate_x"], golden["similarity/translate_y"]], axis=-1
    )
    offsets = golden["perspective/corner_offsets_xy_tl_tr_br_bl"].reshape(count, 4, 2)
    still, full, nowhere = np.zeros_like(angle), np.full_like(percent, 100), 0 * translation
    parameters = {
        "rotate": (angle, full, nowhere, 0 * offsets),
        "rescale": (still, percent, nowhere, 0 * offsets),
        "translate": (still, full, translation, 0 * offsets),
        "similarity": (angle, percent, translation, 0 * offsets),
        "perspective": (still, full, nowhere, offsets),
    }

    @jax.jit
    @jax.vmap
    def warp(image, angle, percent, translation, offsets):
        deformation = geometry.Geometry(
            perspective=geometry.Perspective(offsets),
            similarity=geometry.Similarity(angle, percent, translation),
        )
        return geometry.warp(image, deformation, side)

    for name, values in parameters.items():
        tolerance, reason = _GEOMETRY[name]
        expected = golden[f"{name}/output_crop"]
        ours = np.asarray(warp(images, *values))
        # A white image stays white where every neighbour that is averaged lies inside it.
        valid = np.asarray(warp(jnp.full_like(images, 255), *values)) > 1 - 1e-5
        errors = [np.abs(o - e)[v].mean() / e[v].std() for o, e, v in zip(ours, expected, valid)]
        yield Check(
            name,
            float(max(errors)),
            tolerance,
            f"mean absolute difference / standard deviation, inside the valid area "
            f"({valid.mean():.0%}), worst image; {reason}",
        )


def _check_levels(golden):
    crops = jax.vmap(lambda image: central_crop(image, 128))(jnp.asarray(golden["images"]))
    config = ranges.v02()

    def gamma(image, exponent):
        return photometric.gamma(image, exponent)

    def erase(image, circle):
        return local_edit.erase(image, circle[:2], circle[2], config.erase.ramp)

    def local_contrast(image, circle, factor):
        return local_edit.local_contrast(
            image, circle[:2], circle[2], factor, config.local_contrast.ramp
        )

    def rectangle(image, values):
        x, y, width, height, line_width, gray = values
        return clutter.draw_outline(
            image,
            clutter.Rectangle(jnp.stack([x, y]), jnp.stack([width, height]), line_width, gray),
        )

    cases = {
        gamma: ["gamma/gamma"],
        erase: ["erase/row_col_radius"],
        local_contrast: ["local_contrast/row_col_radius", "local_contrast/factor"],
        rectangle: ["rectangle/x_y_width_height_linewidth_value"],
    }
    for function, parameters in cases.items():
        name = function.__name__
        ours = jax.jit(jax.vmap(function))(
            crops, *(np.asarray(golden[p], np.float32) for p in parameters)
        )
        yield Check(
            name,
            float(np.abs(ours - golden[f"{name}/output_crop"]).max()),
            _LEVEL,
            "largest absolute difference, gray levels in [0, 1]; half a level of 8 bits",
        )


def _check_jpeg(golden):
    crops = jax.vmap(lambda image: central_crop(image, 128))(jnp.asarray(golden["images"]))
    ours = jax.jit(jax.vmap(jpeg.jpeg))(crops, golden["jpeg/quality"].astype(np.int32))
    difference = np.asarray(ours, np.float64) - golden["jpeg/output_crop"]
    errors = np.sqrt((difference**2).mean(axis=(1, 2)))
    with np.errstate(divide="ignore"):
        psnr = -20 * np.log10(errors.max())
    return Check(
        "jpeg",
        float(errors.max()),
        10 ** (-_PSNR / 20),
        "root mean square difference, gray levels in [0, 1], worst image: "
        f"PSNR {psnr:.1f} dB; libjpeg's whole-number arithmetic is reproduced",
    )
