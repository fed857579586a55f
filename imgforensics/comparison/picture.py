"""A comparison as one picture: both images, what they have in common, and what makes f small."""

import pathlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgforensics.comparison import regions
from imgforensics.comparison.findings import Findings
from imgforensics.explain import gradcam

_PANEL, _GAP, _CAPTION, _LINE = 380, 20, 26, 26  # pixels
_PAPER, _INK, _SAME, _DIFFERENT, _BOX = "white", "black", "#b00020", "#1b5e20", (255, 196, 0)
_NOTHING = (70, 70, 90)  # where one image doesn't lie
_WEIGHT = 0.6  # of a heat map over its image
_AROUND = 0.15  # of a region, shown around it


def draw(comparison: Findings, lines: Sequence[str], names: Sequence[str]) -> Image.Image:
    """Draws a comparison.

    Above are both images with the region that they have in common, and what makes the network find
    their parts alike (`explain.gradcam`); below, in the frame of the first image, what it shows,
    the second laid on it, both in one (red where only the first is bright, cyan where only the
    second is, else grey), and their difference once grey levels are matched.

    Args:
        comparison: what to draw.
        lines: to be written above it, the verdict first.
        names: of the images.

    Returns:
        RGB.
    """
    top = [
        (f"A: {_short(names[0])}", _boxed(comparison.first, comparison.region)),
        (f"B: {_short(names[1])}", _boxed(comparison.second, comparison.region_in_second)),
        *_heat(comparison),
    ]
    # Of whole images that are different there is no more to show.
    rows = [top] if comparison.matrix is None and comparison.whole else [top, _laid(comparison)]
    width = 4 * (_PANEL + _GAP) + _GAP
    head = _GAP + _LINE * (len(lines) + 1)
    page = Image.new("RGB", (width, head + len(rows) * (_PANEL + _CAPTION + _GAP)), _PAPER)
    pen, y = ImageDraw.Draw(page), _GAP // 2
    for number, line in enumerate(lines):
        colour = (_SAME if comparison.same else _DIFFERENT) if number == 0 else _INK
        pen.text((_GAP, y), line, fill=colour, font=ImageFont.load_default(17 + 9 * (number == 0)))
        y += _LINE + 12 * (number == 0)
    for row, panels in enumerate(rows):
        for column, (caption, panel) in enumerate(panels):
            x = _GAP + column * (_PANEL + _GAP)
            y = head + row * (_PANEL + _CAPTION + _GAP)
            pen.text((x, y), caption, fill=_INK, font=ImageFont.load_default(16))
            page.paste(Image.fromarray(panel), (x, y + _CAPTION))
    return page


def _short(name: str) -> str:
    name = pathlib.Path(name).name
    return name if len(name) <= 40 else f"{name[:18]}...{name[-18:]}"


def _boxed(image: np.ndarray, corners: np.ndarray | None) -> np.ndarray:
    """A panel, RGB, of a whole image with a polygon in it."""
    factor = _PANEL / max(image.shape)
    panel = _colour(_fit(image))
    if corners is not None:
        points = np.round((corners * factor).reshape(-1, 1, 2)).astype(np.int32)
        cv2.polylines(panel, [points], True, (0, 0, 0), 5, cv2.LINE_AA)
        cv2.polylines(panel, [points], True, _BOX, 3, cv2.LINE_AA)
    return panel


def _fit(image: np.ndarray) -> np.ndarray:
    """An image, as large as a panel allows."""
    factor = _PANEL / max(image.shape)
    size = tuple(max(1, round(length * factor)) for length in image.shape[1::-1])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=how)


def _colour(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, axis=2)


def _inferno(levels: np.ndarray) -> np.ndarray:
    """RGB of levels from 0 to 255."""
    colours = cv2.applyColorMap(levels.astype(np.uint8), cv2.COLORMAP_INFERNO)
    return colours[..., ::-1].copy()


def _heat(comparison) -> list[tuple[str, np.ndarray]]:
    images = comparison.part.pair.images
    maps = gradcam.maps(comparison.model, *images)
    panels = []
    for letter, image, heat in zip("AB", images, maps):
        share = _fit(heat / max(float(heat.max()), 1e-12))
        glow = _inferno(255 * share.clip(0, 1))
        weight = _WEIGHT * share.clip(0, 1)[..., None]
        panel = _colour(_fit(image)) * (1 - weight) + glow * weight
        where = "" if comparison.whole else "a part of "
        caption = f"what makes f small, in {where}{letter}"
        panels.append((caption, panel.clip(0, 255).astype(np.uint8)))
    return panels


def _laid(comparison) -> list[tuple[str, np.ndarray]]:
    part = comparison.part
    if comparison.matrix is None:
        panels = [_colour(_fit(image)) for image in part.pair.images]
        return [(f"closest part of {letter}", panel) for letter, panel in zip("AB", panels)]
    left, top, width, height = _frame(comparison)
    factor = _PANEL / max(width, height)
    shape = (round(height * factor), round(width * factor))
    view = regions.scaling(factor) @ np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]])
    first = regions.lay(comparison.first, view, shape)
    second = regions.lay(comparison.second, view @ comparison.matrix, shape)
    whole = np.full(comparison.second.shape, 255, np.uint8)
    there = cv2.warpPerspective(whole, view @ comparison.matrix, shape[::-1]) > 250
    alike = there & _within(comparison.region, view, shape)
    matched = _matched(second, first, alike, part.evidence.inverted)
    both = np.stack([first, matched, matched], axis=2)
    apart = np.abs(first.astype(np.int16) - matched)
    difference = _inferno(np.minimum(2 * apart, 255))
    panels = [_colour(first), _colour(second), both, difference]
    for panel in panels[1:]:
        panel[~there] = _NOTHING
    captions = (
        "A, around what agrees", "B laid on it", "both: red A, cyan B, grey where alike",
        "difference: black is none",
    )  # fmt: skip
    return list(zip(captions, panels))


def _frame(comparison) -> tuple[float, float, float, float]:
    """What is shown of the first image: left, top, width and height."""
    if comparison.region is None:
        return 0, 0, *comparison.first.shape[::-1]
    ends = comparison.region.min(axis=0), comparison.region.max(axis=0)
    margin = _AROUND * np.max(ends[1] - ends[0])
    low = np.maximum(ends[0] - margin, 0)
    high = np.minimum(ends[1] + margin, comparison.first.shape[::-1])
    return *low, *(high - low)


def _within(region, view, shape) -> np.ndarray:
    """bool: what the view shows of the region; all of it where there is none."""
    if region is None:
        return np.ones(shape, bool)
    corners = regions.moved(region, view)
    mask = np.zeros(shape, np.uint8)
    return cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1) > 0


def _matched(image, like, there, inverted) -> np.ndarray:
    """The image with the distribution of grey levels that another has where both are."""
    if not there.any():
        return image
    ranks = np.linspace(0, 100, 101)
    ours, theirs = (np.percentile(each[there], ranks) for each in (image, like))
    levels = np.interp(image, ours, theirs[::-1] if inverted else theirs)
    return levels.astype(np.uint8)
