"""Measures that tell pictures (micrographs, blots, photographs) from what is drawn.

Pictures have noise, soft edges and many grey levels, and fill their rectangle. Drawings have flat
areas, sharp edges and few levels. All is measured on neighbouring pixels of an image.
"""

import numpy as np

NAMES = (
    "flat", "entropy", "commonest level", "sharp edges", "soft changes", "white", "black", "size",
    "smooth", "side with least ink", "corner with least ink", "noise in black", "no change",
)  # fmt: skip
_WHITE, _BLACK = 250, 16  # grey levels
_SHARP = 48  # grey levels between neighbours, that pictures seldom have
_MUCH_BLACK = 0.05  # of the pixels: with less its noise is not looked at


def measure(pixels: np.ndarray) -> np.ndarray:
    """float64 [len(NAMES)] of a part of a figure, uint8 [height, width] of 8 pixels at least."""
    values = pixels.astype(np.int16)
    across = np.abs(np.diff(values, axis=1))[:-1]
    down = np.abs(np.diff(values, axis=0))[:, :-1]
    change, level = np.maximum(across, down), values[:-1, :-1]
    black, white = level < _BLACK, level >= _WHITE
    lit = ~(black | white)
    levels = np.bincount(pixels.ravel() >> 2, minlength=64) / pixels.size
    lit_levels = np.bincount(level[lit] >> 2, minlength=64) / max(lit.sum(), 1)
    ink = pixels < _WHITE
    return np.array([
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
    ])  # fmt: skip


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
