"""The manipulations of section 3.3 on whole batches, with kornia on PyTorch.

Each step is done to those images for which it was drawn. The geometric steps are one homography and
one sampling, as in our own code. kornia has no local edits and writes no text; these are tensor
operations.
"""

import kornia
import torch
from ml_collections import ConfigDict

from imgforensics.manipulations import glyphs
from imgforensics.manipulations.clutter import KINDS as CLUTTER
from imgforensics.manipulations.clutter import Rectangle, Text
from imgforensics.manipulations.geometry import Geometry
from imgforensics.manipulations.local_edit import KINDS as LOCAL_EDITS
from imgforensics.manipulations.local_edit import LocalEdit
from imgforensics.manipulations.recipe import Deformation, TripletDraws


def triplets(
    anchor_sources: torch.Tensor,
    different_sources: torch.Tensor,
    drawn: TripletDraws,
    config: ConfigDict,
) -> torch.Tensor:
    """Makes a batch of triplets, as `recipe.triplets` does.

    Args:
        anchor_sources, different_sources: uint8 [B, H, W].
        drawn: what to do; its leaves are tensors with a first axis of B.
        config: as `ranges.v01` makes it; JPEG and the edit 'replace', of the later version, are
            not written here.

    Returns:
        float32 [3, B, output_size, output_size] in [0, 1].
    """
    anchor_sources, different_sources = (
        sources[:, None].float() / 255 for sources in (anchor_sources, different_sources)
    )
    images = torch.cat(
        [
            crop(anchor_sources, config.output_size).clone(),
            deform(anchor_sources, drawn.same, config),
            deform(different_sources, drawn.different, config),
        ]
    )
    clutter = _concatenated(drawn.clutter)
    for kind, draw in (
        ("rectangle", lambda some, which: outline(some, _at(clutter.rectangle, which))),
        ("text", lambda some, which: write(some, _at(clutter.text, which), config.text.size)),
    ):
        which = clutter.kind == CLUTTER.index(kind)
        images[which] = draw(images[which], which)
    return images.reshape(3, -1, config.output_size, config.output_size)


def deform(images: torch.Tensor, drawn: Deformation, config: ConfigDict) -> torch.Tensor:
    """Deforms images float32 [B, 1, H, W] into [B, 1, output_size, output_size]."""
    done = drawn.done
    result = crop(images, config.output_size).clone()
    moved = done["reflection"] | done["perspective"] | done["similarity"]
    steps = {step: done[step][moved] for step in ("reflection", "perspective", "similarity")}
    result[moved] = warp(images[moved], _at(drawn.geometry, moved), steps, config.output_size)
    result -= result.amin(dim=(1, 2, 3), keepdim=True)
    adjusted = done["gamma"]
    result[adjusted] = kornia.enhance.adjust_gamma(result[adjusted], drawn.exponent[adjusted])
    for kind, edit in (("erase", erase), ("local_contrast", local_contrast)):
        which = done["local_edit"] & (drawn.local_edit.kind == LOCAL_EDITS.index(kind))
        result[which] = edit(result[which], _at(drawn.local_edit, which), config)
    return result


def crop(images: torch.Tensor, size: int) -> torch.Tensor:
    """The central squares."""
    top, left = (side // 2 - size // 2 for side in images.shape[2:])
    return images[:, :, top : top + size, left : left + size]


def warp(
    images: torch.Tensor, geometry: Geometry, steps: dict[str, torch.Tensor], size: int
) -> torch.Tensor:
    """Reflection, perspective and similarity by one homography from image to crop."""
    height, width = images.shape[2:]
    # Reflection and perspective.
    onto_canvas = _perspective(geometry.perspective.offsets, steps["perspective"], height, width)
    for axis, side, mirrored in zip(range(2), (width, height), geometry.reflection):
        mirrored = (mirrored & steps["reflection"]).float()
        mirror = torch.eye(3).repeat(len(images), 1, 1)
        mirror[:, axis, axis] = 1 - 2 * mirrored
        mirror[:, axis, 2] = (side - 1) * mirrored
        onto_canvas = onto_canvas @ mirror
    onto_crop = _similarity(geometry.similarity, steps["similarity"], height, width, size)
    warped = kornia.geometry.warp_perspective(images, onto_crop @ onto_canvas, (size, size))
    # The canvas after the perspective cuts off what the similarity would reach beyond it.
    grid = kornia.geometry.create_meshgrid(size, size, normalized_coordinates=False)
    places = kornia.geometry.transform_points(
        torch.linalg.inv(onto_crop), grid.reshape(1, -1, 2).expand(len(images), -1, -1)
    )
    x, y = places.reshape(-1, 1, size, size, 2).unbind(-1)
    return warped * ((x > -1) & (x < width) & (y > -1) & (y < height))


def _perspective(offsets, done, height, width):
    corners = torch.tensor([(0, 0), (width, 0), (width, height), (0, height)]).float()
    quadrilaterals = corners + offsets * done[:, None, None]
    matrices = kornia.geometry.get_perspective_transform(
        quadrilaterals, corners.expand_as(quadrilaterals).contiguous()
    )
    # Corners are those of pixels, and matrices are between centres.
    half = torch.eye(3)
    half[:2, 2] = 0.5
    return torch.linalg.inv(half) @ matrices @ half


def _similarity(similarity, done, height, width, size):
    angle, percent = similarity.angle * done, torch.where(done, similarity.percent, 100)
    centres = torch.tensor([(width - 1) / 2, (height - 1) / 2]).repeat(len(done), 1)
    rotations = torch.eye(3).repeat(len(done), 1, 1)
    rotations[:, :2] = kornia.geometry.get_rotation_matrix2d(
        centres, angle.float(), torch.ones(len(done), 2)
    )
    scales = torch.eye(3).repeat(len(done), 1, 1)
    for axis, side in enumerate((width, height)):
        resized = torch.round(side * percent / 100)
        scale = resized / side
        scales[:, axis, axis] = scale
        # Whole pixels are cut or padded around the resized image, then comes the crop.
        shift = side // 2 - resized // 2 + similarity.translation[:, axis] * done
        scales[:, axis, 2] = scale / 2 - 0.5 + shift - (side // 2 - size // 2)
    return scales @ rotations


def erase(images: torch.Tensor, drawn: LocalEdit, config: ConfigDict) -> torch.Tensor:
    """Sets a disc of each image to 0."""
    centre, radius = drawn.erase
    ramp = torch.full_like(radius, config.erase.ramp, dtype=torch.float32)
    return images * (1 - _disc(images, centre, radius, ramp))


def local_contrast(images: torch.Tensor, drawn: LocalEdit, config: ConfigDict) -> torch.Tensor:
    """Raises the contrast in a disc of each image."""
    centre, radius, factor = drawn.local_contrast
    ramp = (config.local_contrast.ramp * radius).clamp(min=1e-3)
    discs = _disc(images, centre, radius, ramp)
    brighter = images * (1 + (factor[:, None, None, None] - 1) * discs)
    largest = brighter.amax(dim=(1, 2, 3), keepdim=True)
    return brighter / torch.where(largest > 0, largest, 1)


def _disc(images, centre, radius, ramp):
    row, column = (torch.arange(side).float() for side in images.shape[2:])
    row, column = row - centre[:, :1], column - centre[:, 1:]
    distance = torch.hypot(row[:, :, None], column[:, None])
    return (1 - (distance - radius[:, None, None]) / ramp[:, None, None]).clamp(0, 1)[:, None]


def outline(images: torch.Tensor, drawn: Rectangle) -> torch.Tensor:
    """Draws the outline of a rectangle onto each image."""
    row, column = (torch.arange(side) for side in images.shape[2:])
    (x, y), (width, height) = drawn.corner.T[..., None], drawn.sides.T[..., None]
    line = drawn.line_width[:, None]
    x, y = column - x, row - y
    along_x, along_y = (x >= 0) & (x <= width), (y >= 0) & (y <= height)
    on_x = ((x >= 0) & (x < line)) | ((x >= width) & (x < width + line))
    on_y = ((y >= 0) & (y < line)) | ((y >= height) & (y < height + line))
    ink = (along_x[:, None] & on_y[:, :, None]) | (along_y[:, :, None] & on_x[:, None])
    return torch.where(ink[:, None], drawn.gray[:, None, None, None], images)


def write(images: torch.Tensor, drawn: Text, size: int) -> torch.Tensor:
    """Writes a line of text onto each image, from the letters' masks."""
    atlas = glyphs.atlas(size)
    columns, advance = (torch.from_numpy(table.astype("int64")) for table in atlas[:2])
    face, letters = drawn.face[:, None].long(), drawn.letters.long()
    steps = advance[face, letters]
    pen = drawn.corner[:, :1] + steps.cumsum(1) - steps
    # [image, letter, image column]: which column of the letter's mask falls there.
    place = torch.arange(images.shape[3]) - pen[:, :, None] + atlas.margin
    written = torch.arange(letters.shape[1]) < drawn.length[:, None]
    there = (place >= 0) & (place < columns.shape[2]) & written[:, :, None]
    bits = columns[face[..., None], letters[..., None], place.clamp(0, columns.shape[2] - 1)]
    row = torch.arange(images.shape[2]) - drawn.corner[:, 1:]
    in_line = (row >= 0) & (row < glyphs.ROWS)
    strip = torch.zeros_like(bits[:, 0])
    for letter, covers in zip(bits.unbind(1), there.unbind(1)):
        strip |= torch.where(covers, letter, 0)
    bit = row.clamp(0, glyphs.ROWS - 1)[:, :, None]
    ink = ((strip[:, None] >> bit) & 1).bool() & in_line[:, :, None]
    return torch.where(ink[:, None], drawn.gray[:, None, None, None], images)


def _at(tree, which):
    """Those entries of a tuple of tensors, nested to any depth."""
    if isinstance(tree, torch.Tensor):
        return tree[which]
    parts = [_at(part, which) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def _concatenated(trees):
    """Joins equal tuples of tensors, nested to any depth."""
    if isinstance(trees[0], torch.Tensor):
        return torch.cat(trees)
    parts = [_concatenated(parts) for parts in zip(*trees)]
    return type(trees[0])(*parts) if hasattr(trees[0], "_fields") else tuple(parts)
