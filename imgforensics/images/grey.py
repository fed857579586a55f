"""Values of any depth and colour to grey levels, the same for all kinds of file."""

from collections.abc import Iterator

import numpy as np

PERCENTILES = (0.1, 99.9)  # of the values: what lies far beyond them is clipped
MARGIN = 0.5  # of the distance between these: values so far beyond are still told apart
_FAR = 8  # of the range of all other values: a level so far from them is none of the picture's
_NO_DATA = 1e30  # floats as large are marks, such as -3.4e38
_SAMPLE = 2**24  # values, at most, from which the range is taken
_ROWS = 256  # rendered at once: bounds the memory


def render(
    values: np.ndarray,
    alpha: np.ndarray | None = None,
    white: float | None = None,
    inverted: bool = False,
    no_data: float | None = None,
) -> np.ndarray:
    """Grey levels of a picture.

    Colours become Rec. 601 luminance; transparent parts show white paper. Where it is known which
    value is white, 0 to white become 0 to 255. Else values are scaled: the smallest becomes 0 and
    the largest 255, or what lies `MARGIN` beyond the `PERCENTILES` where single pixels lie further
    away. So a picture that has black and white in it comes out the same at any depth. 16-bit
    values that are 257 or 256 times those of 8 bits are a picture of 8 bits, and are not scaled.

    Args:
        values: [height, width] or [height, width, 3], of any real dtype.
        alpha: [height, width] unsigned integers, whose largest value is opaque.
        white: the value of white; by default 255 for uint8, 1 for bool, and unknown for others.
        inverted: whether 0 is white, and the largest value black.
        no_data: the value of pixels that hold nothing. They become black, as do NaN and floats
            beyond 1e30 either way.

    Returns:
        uint8 [height, width].
    """
    if white is None:
        white = {"bool": 1, "uint8": 255}.get(values.dtype.name)
    if white is None and values.dtype == np.uint16:
        white = next((255 * unit for unit in (257, 256) if _all_multiples(values, unit)), None)
    if values.dtype == np.uint8 and values.ndim == 2 and white == 255 and no_data is None:
        gray = 255 - values if inverted else values
    else:
        gray = _scaled(values, alpha, white, inverted, no_data)
    return gray if alpha is None else on_paper(gray, alpha)


def on_paper(gray: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lays a picture on white paper.

    Args:
        gray: uint8 [height, width].
        alpha: [height, width] unsigned integers, whose largest value is opaque.
    """
    opaque, laid = np.iinfo(alpha.dtype).max, np.empty_like(gray)
    for rows in _blocks(gray):
        share = alpha[rows] / np.float32(opaque)
        laid[rows] = np.floor(255 - share * (255 - gray[rows].astype(np.float32)) + 0.5)
    return laid


def turn(gray: np.ndarray, orientation: int) -> np.ndarray:
    """Turns as an EXIF (= TIFF) orientation of 1 to 8 says; others are taken as 1."""
    if orientation in (5, 6, 7, 8):
        gray = gray.T
    if orientation in (2, 3, 6, 7):
        gray = gray[:, ::-1]
    if orientation in (3, 4, 7, 8):
        gray = gray[::-1]
    return np.ascontiguousarray(gray)


def span(values: np.ndarray, no_data: float | None = None) -> float:
    """The difference between the largest and the smallest value, without single outliers."""
    low, high = _range(_luminance(_sample(values)), None, no_data)
    return high - low


def _scaled(values, alpha, white, inverted, no_data) -> np.ndarray:
    if white is None:
        shown = None if alpha is None else _sample(alpha) > 0
        low, high = _range(_luminance(_sample(values)), shown, no_data)
    else:
        low, high = 0.0, float(white)
    gray = np.zeros(values.shape[:2], np.uint8)
    if not high > low:
        return gray
    for rows in _blocks(values):
        levels = _luminance(values[rows])
        unit = ((levels - low) * (1 / (high - low))).clip(0, 1)
        if inverted:
            unit = 1 - unit
        if values.dtype.kind == "f" or no_data is not None:
            # What is too large to be kept, and not a mark, is white as other large values are.
            unit[_empty(levels, no_data) & ~(levels > high)] = 0
        gray[rows] = 255 * unit + 0.5
    return gray


def _all_multiples(values, unit) -> bool:
    """Whether the unit divides all values; of most images few tell that it doesn't."""
    return not (values[::61, ::61] % unit).any() and not (values % unit).any()


def _blocks(values) -> Iterator[slice]:
    return (slice(row, row + _ROWS) for row in range(0, len(values), _ROWS))


def _sample(values) -> np.ndarray:
    """Every step-th row and column."""
    step = 1 + int(np.sqrt(values.shape[0] * values.shape[1] / _SAMPLE))
    return values[::step, ::step]


def _luminance(values) -> np.ndarray:
    """float [height, width], exact to a ten thousandth of the range; of uint8 as Pillow rounds."""
    kind = np.float32 if values.dtype.itemsize <= 2 else np.float64
    if values.ndim == 2:
        return values.astype(kind)
    red, green, blue = (values[..., band] for band in range(3))
    if values.dtype == np.uint8:
        total = np.uint32(19595) * red + np.uint32(38470) * green + np.uint32(7471) * blue
        return ((total + 2**15) >> 16).astype(kind)
    return kind(0.299) * red + kind(0.587) * green + kind(0.114) * blue  # Rec. 601


def _empty(levels, no_data) -> np.ndarray:
    """Which pixels hold nothing."""
    with np.errstate(invalid="ignore"):
        empty = ~(np.abs(levels) < _NO_DATA)
    return empty if no_data is None else empty | (levels == no_data)


def _range(levels, shown, no_data) -> tuple[float, float]:
    """The levels that become black and white."""
    kept = ~_empty(levels, no_data)
    if shown is not None:
        kept &= shown
    levels = levels[kept]
    if not levels.size:
        return 0.0, 0.0
    levels = -_without_far_level(-_without_far_level(levels))
    smallest, largest = levels.min(), levels.max()
    low, high = np.percentile(levels, PERCENTILES).astype(float)
    if low == high:  # all but a few pixels have one level
        return float(smallest), float(largest)
    margin = MARGIN * (high - low)
    return float(max(smallest, low - margin)), float(min(largest, high + margin))


def _without_far_level(levels: np.ndarray) -> np.ndarray:
    """Leaves the smallest level out if it is a mark: far from all others, which differ."""
    smallest = levels.min()
    others = levels[levels > smallest]
    if not others.size:
        return levels
    nearest, largest = others.min(), others.max()
    is_mark = largest > nearest and nearest - smallest > _FAR * (largest - nearest)
    return others if is_mark else levels
