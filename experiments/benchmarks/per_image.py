"""The manipulations of section 3.3 image by image, with scikit-image and Pillow.

This is how they are usually written: one NumPy array goes through one library call after another,
and is resampled by each geometric step. Only what is drawn is done.
"""

import functools

import numpy as np
from ml_collections import ConfigDict
from PIL import Image, ImageDraw
from skimage import exposure, transform

from imgforensics.manipulations import glyphs
from imgforensics.manipulations.clutter import KINDS as CLUTTER
from imgforensics.manipulations.clutter import Clutter, Rectangle, Text
from imgforensics.manipulations.local_edit import KINDS as LOCAL_EDITS
from imgforensics.manipulations.local_edit import LocalEdit
from imgforensics.manipulations.recipe import Deformation, TripletDraws


def triplet(
    anchor_source: np.ndarray, different_source: np.ndarray, drawn: TripletDraws, config: ConfigDict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Makes one training example, as `recipe.triplet` does.

    Args:
        anchor_source, different_source: uint8 [H, W].
        drawn: what to do; its leaves are NumPy's.
        config: as `ranges.v01` makes it; JPEG and the edit 'replace', of the later version, are
            not written here.

    Returns:
        anchor, same and different, each float32 [output_size, output_size] in [0, 1].
    """
    anchor_source, different_source = (
        image.astype(np.float32) / 255 for image in (anchor_source, different_source)
    )
    images = (
        crop(anchor_source, config.output_size),
        deform(anchor_source, drawn.same, config),
        deform(different_source, drawn.different, config),
    )
    return tuple(clutter(*pair, config) for pair in zip(images, drawn.clutter))


def deform(image: np.ndarray, drawn: Deformation, config: ConfigDict) -> np.ndarray:
    """Deforms an image float32 [H, W] into [output_size, output_size]."""
    done = drawn.done
    if done["reflection"]:
        image = image[:, ::-1] if drawn.geometry.reflection.left_right else image
        image = image[::-1] if drawn.geometry.reflection.up_down else image
    if done["perspective"]:
        image = perspective(image, drawn.geometry.perspective.offsets)
    if done["similarity"]:
        image = similarity(image, *drawn.geometry.similarity)
    image = crop(image, config.output_size)
    image = image - image.min()
    if done["gamma"]:
        image = exposure.adjust_gamma(image, float(drawn.exponent))
    if done["local_edit"]:
        image = local_edit(image, drawn.local_edit, config)
    return image


def crop(image: np.ndarray, size: int) -> np.ndarray:
    """The central square."""
    top, left = (side // 2 - size // 2 for side in image.shape)
    return image[top : top + size, left : left + size]


def perspective(image: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Stretches the quadrilateral with the canvas's corners plus offsets over the canvas."""
    height, width = image.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    equations, values = [], (corners + offsets).ravel()
    for (x, y), (u, v) in zip(corners, corners + offsets):
        equations.append((x, y, 1, 0, 0, 0, -u * x, -u * y))
        equations.append((0, 0, 0, x, y, 1, -v * x, -v * y))
    warped = Image.fromarray(np.ascontiguousarray(image)).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        np.linalg.solve(equations, values),
        Image.Resampling.BICUBIC,
    )
    result = np.asarray(warped)
    return result / max(1, result.max())


def similarity(
    image: np.ndarray, angle: float, percent: float, translation: np.ndarray
) -> np.ndarray:
    """Rotates, scales to whole pixels and shifts by whole pixels, on a canvas of the same size."""
    rotated = transform.rotate(image, angle)
    scaled = transform.rescale(rotated, percent / 100, mode="constant", anti_aliasing=False)
    canvas = np.zeros_like(image)
    # Where the scaled image's first pixel lies on the canvas.
    right, down = (
        side // 2 - scaled_side // 2 + shift
        for side, scaled_side, shift in zip(image.shape[::-1], scaled.shape[::-1], translation)
    )
    onto, start = canvas[max(0, down) :, max(0, right) :], scaled[max(0, -down) :, max(0, -right) :]
    height, width = np.minimum(onto.shape, start.shape)
    onto[:height, :width] = start[:height, :width]
    return canvas


def local_edit(image: np.ndarray, drawn: LocalEdit, config: ConfigDict) -> np.ndarray:
    """Erases a disc, or raises its contrast."""
    if LOCAL_EDITS[drawn.kind] == "erase":
        centre, radius = drawn.erase
        return image * (1 - disc(image.shape, centre, int(radius), config.erase.ramp))
    centre, radius, factor = drawn.local_contrast
    ramp = max(config.local_contrast.ramp * int(radius), 1e-3)
    brighter = image * (1 + (float(factor) - 1) * disc(image.shape, centre, int(radius), ramp))
    return brighter / (brighter.max() or 1)


def disc(shape: tuple[int, int], centre: np.ndarray, radius: int, ramp: float) -> np.ndarray:
    """1 within the radius of the centre, falling linearly to 0 over the ramp beyond it."""
    row, column = np.ogrid[: shape[0], : shape[1]]
    distance = np.hypot(row - centre[0], column - centre[1]).astype(np.float32)
    return np.clip(1 - (distance - radius) / ramp, 0, 1)


def clutter(image: np.ndarray, drawn: Clutter, config: ConfigDict) -> np.ndarray:
    """Draws the outline of a rectangle or writes a line of text."""
    kind = CLUTTER[drawn.kind]
    if kind == "nothing":
        return image
    page = Image.fromarray(np.ascontiguousarray(image))
    if kind == "rectangle":
        outline(ImageDraw.Draw(page), drawn.rectangle)
    else:
        write(ImageDraw.Draw(page), drawn.text, config.text.size)
    return np.asarray(page)


def outline(pen: ImageDraw.ImageDraw, drawn: Rectangle) -> None:
    """Four lines, each on and to the lower right of a side."""
    x, y, width, height = map(int, (*drawn.corner, *drawn.sides))
    beyond, gray = int(drawn.line_width) - 1, float(drawn.gray)
    for top in (y, y + height):
        pen.rectangle((x, top, x + width, top + beyond), fill=gray)
    for left in (x, x + width):
        pen.rectangle((left, y, left + beyond, y + height), fill=gray)


def write(pen: ImageDraw.ImageDraw, drawn: Text, size: int) -> None:
    """Letters one beside the other, without anti-aliasing."""
    face = font(glyphs.FACES[drawn.face], size)
    x, y = map(int, drawn.corner)
    pen.fontmode = "1"
    for letter in drawn.letters[: drawn.length]:
        pen.text((x, y), glyphs.LETTERS[letter], fill=float(drawn.gray), font=face)
        x += round(face.getlength(glyphs.LETTERS[letter], mode="1"))


font = functools.cache(glyphs.font)
