"""Measures that tell pictures (micrographs, blots, photographs) from what is drawn.

Pictures have noise, soft edges and many grey levels, and fill their rectangle. Drawings have flat
areas, sharp edges and few levels: that is measured on neighbouring pixels. Besides, pictures stand
alone, where bars hang on an axis and balls on sticks; they are large, and several have one size.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from imgforensics.panels import cuts
from imgforensics.panels.panel import Box
from imgforensics.panels.parts import Part, flat

NAMES = (
    "flat", "entropy", "commonest level", "sharp edges", "soft changes", "white", "black", "size",
    "smooth", "side with least ink", "corner with least ink", "noise in black", "no change",
    "share of its drawing", "share of the figure", "others of its size", "parts of the figure",
)  # fmt: skip
_WHITE, _BLACK = 250, 16  # grey levels
_SHARP = 48  # grey levels between neighbours, that pictures seldom have
_MUCH_BLACK = 0.05  # of the pixels: with less its noise is not looked at
_ONE_SIZE = 0.04  # of a side, by which sizes may differ
_MANY = 6  # others of a size: more say no more


def measure(pixels: np.ndarray, tree: Sequence[Part]) -> np.ndarray:
    """Measures of the parts of a figure and of all their pieces, in the order of `flat`.

    Args:
        pixels: uint8 [height, width] of the figure, at the size at which its parts were found.
        tree: the parts.

    Returns:
        float64 [n, len(NAMES)].
    """
    share = _shares_of_drawings(pixels < cuts.INK)
    shares = [share(part.box) for part in tree for _ in flat([part])]
    nodes = list(flat(tree))
    sizes = np.array([(part.box.width, part.box.height) for part in nodes], float).reshape(-1, 2)
    alike = [int((np.abs(sizes / size - 1).max(axis=1) < _ONE_SIZE).sum()) - 1 for size in sizes]
    rows = [
        [*_texture(part.inside.of(pixels)), own, part.box.area / pixels.size, min(others, _MANY),
         len(tree)]
        for part, own, others in zip(nodes, shares, alike)
    ]  # fmt: skip
    return np.array(rows, float).reshape(-1, len(NAMES))


def _shares_of_drawings(ink) -> Callable[[Box], float]:
    """A function that tells how much a part takes of the connected drawing that it belongs to.

    One that is made of several drawings takes all of each.
    """
    labels, stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)[1:3]
    areas = stats[:, cv2.CC_STAT_WIDTH].astype(float) * stats[:, cv2.CC_STAT_HEIGHT]

    def share(part: Box) -> float:
        counts = np.bincount(part.of(labels).ravel())
        counts[0] = 0  # paper
        return min(1.0, part.area / areas[counts.argmax()])

    return share


def _texture(pixels: np.ndarray) -> list[float]:
    """Of a part's pixels, uint8 [height, width], 8 at least on each side."""
    values = pixels.astype(np.int16)
    across = np.abs(np.diff(values, axis=1))[:-1]
    down = np.abs(np.diff(values, axis=0))[:, :-1]
    change, level = np.maximum(across, down), values[:-1, :-1]
    black, white = level < _BLACK, level >= _WHITE
    lit = ~(black | white)
    levels = np.bincount(pixels.ravel() >> 2, minlength=64) / pixels.size
    lit_levels = np.bincount(level[lit] >> 2, minlength=64) / max(lit.sum(), 1)
    ink = pixels < _WHITE
    return [
        _share(change[lit] <= 1),
        -sum(share * np.log2(share) for share in levels if share),
        np.convolve(lit_levels, np.ones(3), "same").max() if lit.any() else 1.0,
        (change > _SHARP).sum() / ((change > 6).sum() + 1),
        ((change >= 3) & (change <= 24)).mean(),
        white.mean(),
        black.mean(),
        np.log(pixels.size),
        _share(change[lit] <= 3),
        min(_sides(ink)),
        min(_corners(ink)),
        _share(change[black] >= 1) if black.mean() > _MUCH_BLACK else 0.0,
        (change == 0).mean(),
    ]


def _share(flags) -> float:
    return float(flags.mean()) if flags.size else 1.0


def _sides(ink) -> list[float]:
    """The share of ink along each side, two pixels deep."""
    return [ink[:2].any(0).mean(), ink[-2:].any(0).mean(), ink[:, :2].any(1).mean(),
            ink[:, -2:].any(1).mean()]  # fmt: skip


def _corners(ink) -> list[float]:
    deep = max(2, min(ink.shape) // 12)
    return [ink[:deep, :deep].mean(), ink[:deep, -deep:].mean(), ink[-deep:, :deep].mean(),
            ink[-deep:, -deep:].mean()]  # fmt: skip
