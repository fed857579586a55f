"""Copies as they turn up in figures: several edits on top of each other, by OpenCV and Pillow.

A test set that has nothing in common with the manipulations of training but the idea: other code,
other orders, other ranges, and kinds that training does not know. Who trains with `ranges.reuse`
knows most of the kinds, though by other code and in other ranges. Each kind is done with its rate
(`RATES`), 4.7 of them on average, one in 550 copies has none. In this order:

    retouch     one to three specks of radius 4 to 12 pixels painted over (Telea 2004, or
                Navier-Stokes), or one patch of 14 to 32 pixels cloned with soft edges
    flip        left to right
    rotation    half of them by 90, 180 or 270 degrees, half by any angle
    scale       0.75 to 1.35
    shift       up to 40 pixels along either axis
    resampling  reduced to 0.45 to 0.9 of the size and enlarged again, five filters of Pillow
    tone        one or two of brightness +-40 of 255, contrast 0.6 to 1.7, gamma 0.5 to 2, levels
                (up to 3 % of the pixels at either end become black and white)
    sharpness   Gaussian blur of 0.5 to 1.4 pixels, a 3x3 median, or an unsharp mask of 0.5 to 2
    noise       Gaussian of 2 to 12 levels, or shot noise of 60 to 300 photons at white; less where
                that would be more than 0.6 of the image's contrast
    annotation  one to three arrows, labels, scale bars, boxes and circles
    border      a frame of 1 to 3 pixels, or strips of 2 to 10 on one to four sides
    print_scan  halftone (half of them), paper and ink tones, uneven light, corners moved by up to 3
                pixels, soft focus, a little noise
    jpeg        once at quality 40 to 95, or twice, first on a shifted grid

Geometry is drawn again until the copy lies within the source; at least half of the copy and at
least half of the original (the source's central crop) show what both have in common; and that has
at least half of the original's contrast (standard deviation), lest the one cell of a dark field is
cut off. Tone is drawn again where it would take away more than half of the contrast.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SOURCE, SIDE = 256, 128  # pixels on each side of a source and of a copy
COMMON = 0.5  # of the copy and of the original, the least that is in both
RATES = {
    "retouch": 0.25,
    "flip": 0.3,
    "rotation": 0.4,
    "scale": 0.35,
    "shift": 0.5,
    "resampling": 0.35,
    "tone": 0.6,
    "sharpness": 0.3,
    "noise": 0.25,
    "annotation": 0.4,
    "border": 0.15,
    "print_scan": 0.15,
    "jpeg": 0.7,
}

_GEOMETRY = ("flip", "rotation", "scale", "shift")
_SHIFT = 40.0  # pixels
_SCALES = (0.75, 1.35)
_NOISE = 0.6  # of the image's standard deviation, the most
_FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_LABELS = (
    "A", "b", "C'", "(d)", "iv", "WT", "KO", "-/-", "ctrl", "mock", "siRNA #2", "DAPI", "GFP",
    "merge", "day 7", "48 h", "10 um", "x40", "n = 3", "**", "Fig. 2", "+ Dox",
)  # fmt: skip


class Edited(NamedTuple):
    """A copy and how it came about.

    Attributes:
        image: uint8 [128, 128].
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the source to the copy.
        history: what was done, in order: its name (a key of `RATES`) and its parameters.
    """

    image: np.ndarray
    matrix: np.ndarray
    history: tuple[tuple[str, dict], ...]


def edit(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Draws a copy of the central crop of a source.

    Args:
        rng: of the draws.
        image: uint8 [256, 256].

    Returns:
        uint8 [128, 128].
    """
    return edit_with_history(rng, image).image


def edit_with_history(rng: np.random.Generator, image: np.ndarray) -> Edited:
    """`edit`, and where and how it was done."""
    kinds = [kind for kind, rate in RATES.items() if rng.random() < rate]
    history = []
    if "retouch" in kinds:
        image, parameters = _retouch(rng, image)
        history.append(("retouch", parameters))
    matrix, parameters = _draw_geometry(rng, kinds, image)
    history += [(kind, parameters[kind]) for kind in _GEOMETRY if kind in kinds]
    # Pixels that fall on pixels, as without geometry, keep their levels with any of these.
    interpolation = rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
    image = cv2.warpPerspective(image, matrix, (SIDE, SIDE), flags=int(interpolation))
    for kind, draw in _AFTERWARDS.items():
        if kind not in kinds:
            continue
        image, parameters = draw(rng, image)
        history.append((kind, parameters))
        if kind == "print_scan":
            matrix = np.array(parameters["matrix"]) @ matrix
    return Edited(image, matrix, tuple(history))


def common(matrix: np.ndarray) -> float:
    """The lesser of the shares of the copy and of the original that show what is in both.

    Args:
        matrix: float [3, 3], affine, from the source to the copy.
    """
    margin = (SOURCE - SIDE) / 2
    original = cv2.perspectiveTransform(_square(SIDE)[None] + margin, matrix)[0]
    area, _ = cv2.intersectConvexConvex(
        original.astype(np.float32), _square(SIDE).astype(np.float32)
    )
    return area / max(SIDE**2, cv2.contourArea(original.astype(np.float32)))


def _square(side: int) -> np.ndarray:
    """float [4, 2]: the outer corners of a square image, whose first pixel's centre is (0, 0)."""
    return np.array([[0, 0], [side, 0], [side, side], [0, side]]) - 0.5


def _draw_geometry(rng, kinds, image) -> tuple[np.ndarray, dict]:
    """A similarity transform from the source to the copy, with what it is made of."""
    margin = (SOURCE - SIDE) // 2
    original = image[margin : margin + SIDE, margin : margin + SIDE]
    while True:
        flip = "flip" in kinds
        angle = rng.choice([90.0, 180.0, 270.0]) if rng.random() < 0.5 else rng.uniform(-180, 180)
        angle = angle if "rotation" in kinds else 0.0
        scale = _log_uniform(rng, *_SCALES) if "scale" in kinds else 1.0
        shift = rng.uniform(-_SHIFT, _SHIFT, 2) if "shift" in kinds else np.zeros(2)
        turn = cv2.getRotationMatrix2D((0, 0), angle, scale)[:, :2] * ([-1, 1] if flip else [1, 1])
        matrix = np.eye(3)
        matrix[:2, :2] = turn
        matrix[:2, 2] = (SIDE - 1) / 2 - turn @ np.full(2, (SOURCE - 1) / 2) + shift
        corners = cv2.perspectiveTransform(_square(SIDE)[None], np.linalg.inv(matrix))[0]
        inside = (corners >= -0.5 - 1e-6).all() and (corners <= SOURCE - 0.5 + 1e-6).all()
        if not inside or common(matrix) < COMMON:
            continue
        copy, back = np.ones((SIDE, SIDE), np.uint8), np.linalg.inv(matrix)
        window = cv2.warpPerspective(copy, back, image.shape, flags=cv2.INTER_NEAREST)
        copied = original[window[margin : margin + SIDE, margin : margin + SIDE] > 0]
        if copied.std() >= 0.5 * original.std():
            return matrix, {
                "flip": {},
                "rotation": {"degrees": _plain(angle)},
                "scale": {"factor": _plain(scale)},
                "shift": {"pixels": _plain(shift)},
            }


def _retouch(rng, image):
    """Paints over specks, or clones a patch, near the centre of the source."""
    if rng.random() < 0.5:
        mask = np.zeros_like(image)
        count = int(rng.integers(1, 4))
        for _ in range(count):
            centre = rng.integers(72, 184, 2).tolist()
            axes = rng.integers(4, 13, 2).tolist()
            cv2.ellipse(mask, centre, axes, rng.uniform(0, 180), 0, 360, 255, -1)
        method = rng.choice([cv2.INPAINT_TELEA, cv2.INPAINT_NS])
        return cv2.inpaint(image, mask, 5, int(method)), {"specks": count}
    height, width = rng.integers(14, 33, 2)
    (row, column), (to_row, to_column) = rng.integers(64, 192 - 32, (2, 2))
    patch = np.zeros_like(image)
    patch[to_row : to_row + height, to_column : to_column + width] = image[
        row : row + height, column : column + width
    ]
    mask = np.zeros(image.shape, np.float32)
    mask[to_row + 2 : to_row + height - 2, to_column + 2 : to_column + width - 2] = 1
    mask = cv2.GaussianBlur(mask, (5, 5), 0)
    cloned = _levels(image + mask * (patch.astype(np.float32) - image))
    return cloned, {"patch": _plain([row, column, height, width, to_row, to_column])}


def _resampling(rng, image):
    factor = rng.uniform(0.45, 0.9)
    down, up = rng.choice(list(_FILTERS), 2)
    small = round(SIDE * factor)
    reduced = Image.fromarray(image).resize((small, small), _FILTERS[down])
    enlarged = reduced.resize((SIDE, SIDE), _FILTERS[up])
    return np.asarray(enlarged), {"pixels": small, "down": str(down), "up": str(up)}


def _tone(rng, image):
    while True:
        made, parameters = image.astype(np.float32), {}
        for kind in rng.permutation(list(_TONES))[: rng.integers(1, 3)]:
            made, parameters[str(kind)] = _TONES[kind](rng, made)
        made = _levels(made)
        if made.std() >= 0.5 * image.std():
            return made, parameters


def _brightness(rng, image):
    added = rng.uniform(-40, 40)
    return np.clip(image + added, 0, 255), _plain(added)


def _contrast(rng, image):
    factor = _log_uniform(rng, 0.6, 1.7)
    return np.clip((image - image.mean()) * factor + image.mean(), 0, 255), _plain(factor)


def _gamma(rng, image):
    exponent = _log_uniform(rng, 0.5, 2)
    return 255 * (image / 255) ** exponent, _plain(exponent)


def _black_and_white(rng, image):
    ends = np.percentile(image, [rng.uniform(0, 3), rng.uniform(97, 100)])
    low, high = ends[0], max(ends[1], ends[0] + 1)
    return np.clip((image - low) * 255 / (high - low), 0, 255), _plain(ends)


_TONES: dict[str, Callable] = {
    "brightness": _brightness,
    "contrast": _contrast,
    "gamma": _gamma,
    "levels": _black_and_white,
}


def _sharpness(rng, image):
    kind = rng.choice(["blur", "median", "unsharp"])
    if kind == "blur":
        sigma = rng.uniform(0.5, 1.4)
        return cv2.GaussianBlur(image, (0, 0), sigma), {"blur": _plain(sigma)}
    if kind == "median":
        return cv2.medianBlur(image, 3), {"median": 3}
    amount, sigma = rng.uniform(0.5, 2), rng.uniform(0.8, 2)
    image = image.astype(np.float32)
    sharp = image + amount * (image - cv2.GaussianBlur(image, (0, 0), sigma))
    return _levels(sharp), {"unsharp": _plain([amount, sigma])}


def _noise(rng, image):
    most = _NOISE * max(float(image.std()), 1.0)
    if rng.random() < 0.5:
        deviation = min(rng.uniform(2, 12), most)
        return _levels(image + rng.normal(0, deviation, image.shape)), {"sd": _plain(deviation)}
    # The variance is level * 255 / photons.
    photons = max(_log_uniform(rng, 60, 300), float(image.mean()) * 255 / most**2)
    return _levels(rng.poisson(image / 255 * photons) * 255 / photons), {"photons": _plain(photons)}


def _annotation(rng, image):
    image, kinds = image.copy(), []
    for _ in range(rng.integers(1, 4)):
        kind = rng.choice(list(_MARKS))
        ink = int(rng.choice([0, 255, rng.integers(0, 256)], p=[0.3, 0.5, 0.2]))
        image = _MARKS[kind](rng, image, ink)
        kinds.append(str(kind))
    return image, {"marks": kinds}


def _arrow(rng, image, ink):
    tip = rng.integers(20, 108, 2)
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(12, 30)
    tail = np.round(tip + length * np.array([np.cos(angle), np.sin(angle)])).astype(int)
    width, head = int(rng.integers(1, 4)), rng.uniform(0.25, 0.5)
    return cv2.arrowedLine(
        image, tail.tolist(), tip.tolist(), ink, width, cv2.LINE_AA, tipLength=head
    )


def _text(rng, image, ink):
    at = (int(rng.integers(2, 90)), int(rng.integers(2, 110)))
    return _write(image, at, str(rng.choice(_LABELS)), int(rng.integers(9, 17)), ink)


def _scale_bar(rng, image, ink):
    length, thick = int(rng.integers(20, 50)), int(rng.integers(2, 5))
    left = int(rng.integers(5, 123 - length))
    top = int(rng.choice([10, 114]) + rng.integers(9))
    image = cv2.rectangle(image, (left, top), (left + length, top + thick), ink, -1)
    if rng.random() < 0.5:
        micrometres = rng.choice([5, 10, 20, 50, 100])
        image = _write(image, (left, top - 12), f"{micrometres} um", 9, ink)
    return image


def _box(rng, image, ink):
    corner, size = rng.integers(5, 75, 2), rng.integers(18, 50, 2)
    thick = int(rng.integers(1, 3))
    return cv2.rectangle(image, corner.tolist(), (corner + size).tolist(), ink, thick)


def _circle(rng, image, ink):
    centre, radius = rng.integers(20, 108, 2).tolist(), int(rng.integers(7, 24))
    return cv2.circle(image, centre, radius, ink, int(rng.integers(1, 3)), cv2.LINE_AA)


def _write(image, at, words, size, ink):
    picture = Image.fromarray(image)
    ImageDraw.Draw(picture).text(at, words, fill=ink, font=ImageFont.load_default(size))
    return np.array(picture)


_MARKS: dict[str, Callable] = {
    "arrow": _arrow,
    "text": _text,
    "scale bar": _scale_bar,
    "box": _box,
    "circle": _circle,
}


def _border(rng, image):
    image, ink = image.copy(), int(rng.choice([0, 255]))
    if rng.random() < 0.5:
        widths = [int(rng.integers(1, 4))] * 4
    else:
        widths = (rng.integers(2, 11, 4) * (rng.permutation(4) < rng.integers(1, 5))).tolist()
    top, right, bottom, left = widths
    framed = np.full_like(image, ink)
    inner = np.s_[top : SIDE - bottom, left : SIDE - right]
    framed[inner] = image[inner]
    return framed, {"widths": widths, "level": ink}


def _print_scan(rng, image):
    period, angle = rng.uniform(2, 3), rng.uniform(15, 75)
    halftone = rng.random() < 0.5
    if halftone:
        image = _halftone(image, period, angle)
    ink, paper = rng.uniform(10, 45), rng.uniform(220, 250)
    along = np.linspace(-0.5, 0.5, SIDE)
    light = 1 + rng.uniform(-0.08, 0.08) * along + rng.uniform(-0.08, 0.08) * along[:, None]
    page = (ink + (paper - ink) * (image / 255)) * light
    corners = _square(SIDE).astype(np.float32)
    moved = corners + rng.uniform(-3, 3, (4, 2)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    page = cv2.warpPerspective(
        page.astype(np.float32), matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE
    )
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 0.8))
    page += rng.normal(0, rng.uniform(1, 3), page.shape)
    parameters = {"halftone": _plain([period, angle]) if halftone else None}
    return _levels(page), parameters | {"matrix": matrix.tolist()}


def _halftone(image, period, angle):
    """Dots of ink on a rotated screen, printed four times as fine and seen at the old size."""
    fine = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) / 255
    x, y = np.meshgrid(*[np.arange(4 * SIDE) * np.pi / (2 * period)] * 2)
    turn = np.deg2rad(angle)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    screen = 0.5 + (np.cos(u) + np.cos(v)) / 4
    return cv2.resize(np.uint8(255 * (fine > screen)), (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _jpeg(rng, image):
    qualities = []
    if rng.random() < 0.5:
        # Blocks of an earlier compression don't fall on those of the last one after a crop.
        top, left = rng.integers(0, 8, 2).tolist()
        wide = cv2.copyMakeBorder(image, top, 8, left, 8, cv2.BORDER_REFLECT_101)
        qualities.append(int(rng.integers(40, 96)))
        image = _compress(wide, qualities[0])[top : top + SIDE, left : left + SIDE]
    qualities.append(int(rng.integers(40, 96)))
    return _compress(image, qualities[-1]), {"qualities": qualities}


def _compress(image, quality):
    _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)


_AFTERWARDS: dict[str, Callable] = {
    "resampling": _resampling,
    "tone": _tone,
    "sharpness": _sharpness,
    "noise": _noise,
    "annotation": _annotation,
    "border": _border,
    "print_scan": _print_scan,
    "jpeg": _jpeg,
}


def _log_uniform(rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _levels(image: np.ndarray) -> np.ndarray:
    """Gray levels of any kind, rounded and clipped to uint8."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _plain(numbers):
    """A number or list that JSON takes, to three digits after the point."""
    return np.round(numbers, 3).tolist()
