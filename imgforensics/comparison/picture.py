"""A comparison as one picture: both images, and what they have in common."""

import pathlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from imgforensics.comparison import page, regions
from imgforensics.comparison.findings import Findings, Outcome, Region
from imgforensics.comparison.page import Panel
from imgforensics.explain import gradcam

# Square roots of the pixels of a panel, and how many there are in a row, see `page.size`.
_IMAGE, _CLOSE = (560, 2), (380, 4)
_SAME, _DIFFERENT = "#b00020", "#1b5e20"
# Of the regions' boxes, in turn.
_BOXES = (
    (255, 196, 0), (0, 200, 255), (255, 80, 200), (90, 220, 60), (255, 120, 40), (150, 130, 255),
)  # fmt: skip
_NOTHING = (70, 70, 90)  # where one image doesn't lie
_WEIGHT = 0.6  # of a heat map over its image
_AROUND = 0.15  # of a region, shown around it


def draw(
    outcome: Outcome, lines: Sequence[str], names: Sequence[str], heat_maps: bool = False
) -> Image.Image:
    """Draws a comparison.

    Above are the images with the regions that they have in common, or of one image those that it
    shows twice. Below, for each region in the frame of the first image, are what it shows, the
    second laid on it, both in one (red where only the first is bright, cyan where only the second
    is, else grey), and their difference once grey levels are matched.

    Args:
        outcome: what to draw.
        lines: to be written above it, the verdict first.
        names: of the images.
        heat_maps: of two images, whether to show what makes the network find their parts alike, too
            (`explain.gradcam`), which takes a second.

    Returns:
        RGB.
    """
    first = [region.corners for region in outcome.regions]
    second = [region.corners_in_second for region in outcome.regions]
    if isinstance(outcome, Findings):
        outlines = [[first], [second]]
    else:
        outlines = [[first, second]]
    rows = [
        [
            Panel(f"{letter}: {_short(name)}", _boxed(image, each))
            for letter, name, image, each in zip("AB", names, outcome.images, outlines)
        ]
    ]
    if isinstance(outcome, Findings):
        if heat_maps:
            rows.append(_heat(outcome))
        if not outcome.regions and not outcome.whole:
            rows.append(_closest(outcome))
    rows += [
        _laid(outcome.images[0], outcome.images[-1], *each)
        for each in enumerate(outcome.regions, start=1)
    ]
    return page.draw(lines, _SAME if outcome.same else _DIFFERENT, rows)


def _short(name: str) -> str:
    name = pathlib.Path(name).name
    return name if len(name) <= 40 else f"{name[:18]}...{name[-18:]}"


def _boxed(image: np.ndarray, outlines: Sequence[Sequence[np.ndarray | None]]) -> np.ndarray:
    """A panel of a whole image with polygons in it, numbered in each of some lists."""
    panel = _colour(page.fit(image, *_IMAGE))
    factors = np.divide(panel.shape[1::-1], image.shape[::-1])
    for polygons in outlines:
        for number, corners in enumerate(polygons, start=1):
            if corners is not None:
                points = np.round(corners * factors).astype(np.int32)
                colour = _BOXES[(number - 1) % len(_BOXES)]
                _outline(panel, points, colour)
                if len(polygons) > 1:
                    _number(panel, points, colour, str(number))
    return panel


def _outline(panel, points, colour) -> None:
    for line, width in (((0, 0, 0), 5), (colour, 3)):
        cv2.polylines(panel, [points[:, None]], True, line, width, cv2.LINE_AA)


def _number(panel, points, colour, text) -> None:
    """Within the polygon, at its uppermost corner."""
    middle, corner = points.mean(axis=0), points[points[:, 1].argmin()]
    inward = corner + 24 * (middle - corner) / max(np.linalg.norm(middle - corner), 1)
    at = np.round(inward + [-7, 9]).astype(int).tolist()
    for line, width in (((0, 0, 0), 5), (colour, 2)):
        cv2.putText(panel, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, line, width, cv2.LINE_AA)


def _colour(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, axis=2)


def _inferno(levels: np.ndarray) -> np.ndarray:
    """RGB of levels from 0 to 255."""
    colours = cv2.applyColorMap(levels.astype(np.uint8), cv2.COLORMAP_INFERNO)
    return colours[..., ::-1].copy()


def _heat(comparison) -> list[Panel]:
    images = comparison.part.pair.images
    maps = gradcam.maps(comparison.model, *images)
    panels = []
    for letter, image, heat in zip("AB", images, maps):
        share = page.fit(heat / max(float(heat.max()), 1e-12), *_CLOSE).clip(0, 1)
        weight = _WEIGHT * share[..., None]
        panel = _colour(page.fit(image, *_CLOSE)) * (1 - weight) + _inferno(255 * share) * weight
        where = "" if comparison.whole else "a part of "
        caption = f"what makes f small, in {where}{letter}"
        panels.append(Panel(caption, panel.clip(0, 255).astype(np.uint8)))
    return panels


def _closest(comparison: Findings) -> list[Panel]:
    return [
        Panel(f"closest part of {letter}", _colour(page.fit(image, *_CLOSE)))
        for letter, image in zip("AB", comparison.part.pair.images)
    ]


def _laid(first: np.ndarray, second: np.ndarray, number: int, region: Region) -> list[Panel]:
    """What a region shows."""
    left, top, width, height = _frame(first, region.corners)
    shape = page.size((height, width), *_CLOSE)
    view = regions.scaling(shape[1] / width) @ [[1, 0, -left], [0, 1, -top], [0, 0, 1]]
    one = regions.lay(first, view, shape)
    other = regions.lay(second, view @ region.matrix, shape)
    whole = np.full(second.shape, 255, np.uint8)
    there = cv2.warpPerspective(whole, view @ region.matrix, shape[::-1]) > 250
    alike = there
    if region.corners is not None:
        alike = there & regions.filled(regions.moved(region.corners, view), shape)
    matched = _matched(other, one, alike, region.part.evidence.inverted)
    both = np.stack([one, matched, matched], axis=2)
    difference = _inferno(np.minimum(2 * np.abs(one.astype(np.int16) - matched), 255))
    panels = [_colour(one), _colour(other), both, difference]
    for panel in panels[1:]:
        panel[~there] = _NOTHING
    captions = (
        f"{number}: A, around what agrees",
        "the other laid on it",
        "both: red A, cyan the other, grey where alike",
        "difference: black is none",
    )
    return list(map(Panel, captions, panels))


def _frame(image, corners) -> tuple[float, float, float, float]:
    """What is shown of an image around a region: left, top, width and height."""
    if corners is None:
        return 0, 0, *image.shape[::-1]
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = _AROUND * np.sqrt(np.prod(high - low))
    low = np.maximum(low - margin, 0)
    return *low, *(np.minimum(high + margin, image.shape[::-1]) - low)


def _matched(image, like, there, inverted) -> np.ndarray:
    """The image with the distribution of grey levels that another has where both are."""
    if not there.any():
        return image
    ranks = np.linspace(0, 100, 101)
    ours, theirs = (np.percentile(each[there], ranks) for each in (image, like))
    levels = np.interp(image, ours, theirs[::-1] if inverted else theirs)
    return levels.astype(np.uint8)
