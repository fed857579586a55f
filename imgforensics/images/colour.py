"""Colours of print and of perception, to red, green and blue."""

import numpy as np

# From XYZ under D50, which TIFF and ICC take, to linear sRGB; Bradford's adaptation is in it
# (Lindbloom, http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html).
_TO_RGB = np.array([
    [3.1338561, -1.6168667, -0.4906146],
    [-0.9787684, 1.9161415, 0.0334540],
    [0.0719453, -0.2289914, 1.4052427],
])  # fmt: skip
_D50 = np.array([0.96422, 1.0, 0.82521])


def from_inks(inks: np.ndarray) -> np.ndarray:
    """Red, green and blue of cyan, magenta, yellow and black.

    Args:
        inks: unsigned integers [..., 4], of which the largest is full ink.

    Returns:
        [..., 3] of the same dtype, of which the largest is white.
    """
    full = np.iinfo(inks.dtype).max
    paper = (full - inks).astype(np.float32)
    return np.floor(paper[..., :3] * (paper[..., 3:4] / full) + 0.5).astype(inks.dtype)


def from_lab(values: np.ndarray, icc: bool) -> np.ndarray:
    """Red, green and blue (sRGB) of CIELAB as TIFF keeps it.

    Args:
        values: uint8 or uint16 [..., 3].
        icc: whether a* and b* have an offset, as in ICC profiles; else they are signed.

    Returns:
        [..., 3] of the same dtype, of which the largest is white.
    """
    bits = 8 * values.dtype.itemsize
    unit = 2.0 ** (bits - 8)  # of a* and b*
    if icc:
        full, tint = 255 * unit, values[..., 1:].astype(np.float32) / unit - 128
    else:
        full = 2.0**bits - 1
        tint = values[..., 1:].astype(f"u{bits // 8}").view(f"i{bits // 8}") / np.float32(unit)
    lightness = values[..., 0] * np.float32(100 / full)
    y = (lightness + 16) / 116
    roots = np.stack([y + tint[..., 0] / 500, y, y - tint[..., 1] / 200], -1)
    small = roots <= 6 / 29
    xyz = np.where(small, 3 * (6 / 29) ** 2 * (roots - 4 / 29), roots**3) * _D50
    linear = (xyz @ _TO_RGB.T).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.floor((2**bits - 1) * encoded.clip(0, 1) + 0.5).astype(values.dtype)


def in_blocks(convert, values: np.ndarray, rows: int = 256) -> np.ndarray:
    """Converts so many rows at a time, which bounds the memory.

    Args:
        convert: from [n, width, samples] to [n, width, 3] of the same dtype.
        values: [height, width, samples].
    """
    made = np.empty((*values.shape[:2], 3), values.dtype)
    for row in range(0, len(values), rows):
        made[row : row + rows] = convert(values[row : row + rows])
    return made
