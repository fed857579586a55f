"""Where an image shows something, and where it was drawn on: what all figures share is no evidence.

Gutters, frames, letters, arrows, scale bars, data bars, boxes and logos have what micrographs lack:
an extreme grey level that stays the same, and beside it, within two pixels, another one. They are
either bounded by straight lines or thin.
"""

import cv2
import numpy as np

_MAX_SIDE = 1024  # pixels of the longer side at which drawn things are looked for
_WHITE, _BLACK = 240, 15  # grey levels, beyond which they are extreme; JPEG moves them that far
_EVEN = 2  # grey levels, by which neighbours differ at most where nothing is to be seen
_BESIDE = 2  # pixels beside a drawn thing, within which its edge lies
_STEP = 12  # grey levels, by which a straight edge steps at least
_STRAIGHT = 0.5  # share of straight edges, from which on what they bound is drawn as a whole
_CONSTANT = 0.55  # share of its pixels that have one grey level; dark fields are noisy
_SHARP, _MIN_SHARP = 48, 0.8  # grey levels of a stroke's edge, and the share of it that is so sharp
_MIN_STROKE = 6  # pixels of a stroke
_WINDOW = 6.0  # pixels, of the Gaussian in which an image is flat or not
_FAR = 0.01  # of that window, in which less is shown where that is far away
_FLAT = 1.5  # grey levels: less deviation shows nothing


def content(image: np.ndarray) -> np.ndarray:
    """Where an image shows something that can be evidence.

    Args:
        image: uint8 [height, width], of any size.

    Returns:
        bool [height, width]; False where it is `drawn` or flat.
    """
    levels = image.astype(np.float32)
    mean = cv2.GaussianBlur(levels, (0, 0), _WINDOW)
    variance = cv2.GaussianBlur((levels - mean) ** 2, (0, 0), _WINDOW)
    return (variance > _FLAT**2) & ~drawn(image)


def filled(image: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """An image, uint8 [height, width], whose surroundings go on where it isn't shown, smoothly."""
    if shown.all() or not shown.any():
        return image
    weights = shown.astype(np.float32)
    levels = image * weights
    rest = levels.sum() / weights.sum()
    sums, counts = (cv2.GaussianBlur(each, (0, 0), _WINDOW) for each in (levels, weights))
    # Far from what is shown there is its mean.
    fill = (sums + _FAR * rest) / (counts + _FAR)
    return np.where(shown, image, np.uint8(np.rint(fill)))


def drawn(image: np.ndarray) -> np.ndarray:
    """Where something was drawn on an image or laid around it, and two pixels more.

    Args:
        image: uint8 [height, width], of any size; looked at with at most 1024 pixels a side.

    Returns:
        bool [height, width].
    """
    factor = min(1.0, _MAX_SIDE / max(image.shape))
    size = tuple(max(1, round(length * factor)) for length in image.shape[::-1])
    small = image if factor == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    found = np.zeros(small.shape, np.uint8)
    for even in _even(small):
        found |= _bounded(small, even)
        found |= _strokes(small, even)
    if not found.any():
        return np.zeros(image.shape, bool)
    found = cv2.dilate(found, np.ones((2 * _BESIDE + 1,) * 2, np.uint8))
    # What is too narrow between drawn things is a letter on a bar, or a tick of an axis.
    least = max(7, max(small.shape) // 24)
    shown = cv2.morphologyEx(1 - found, cv2.MORPH_OPEN, np.ones((least, least), np.uint8))
    return cv2.resize(shown, image.shape[::-1], interpolation=cv2.INTER_NEAREST) == 0


def _even(image) -> list[np.ndarray]:
    """Where an image is white, where it is black, and where it is as grey as its surroundings."""
    around = np.ones((3, 3), np.uint8)
    spread = cv2.dilate(image, around) - cv2.erode(image, around)
    white, black = image >= _WHITE, image <= _BLACK
    grey = (spread <= _EVEN) & ~white & ~black
    return [each.astype(np.uint8) for each in (white, black, grey)]


def _bounded(image, even) -> np.ndarray:
    """What straight edges bound, and the edges of what is more than that: uint8 [height, width]."""
    found = np.zeros_like(even)
    least = max(16, max(image.shape) // 12)
    around = np.ones((5, 5), np.uint8)
    spread = cv2.dilate(image, around) - cv2.erode(image, around)
    count, labels = cv2.connectedComponents(even)
    straight, whole = np.zeros(count), np.zeros(count)
    lines, tree = cv2.findContours(even, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for line, (_, _, _, parent) in zip(lines, tree[0] if lines else ()):
        number = labels[line[0, 0, 1], line[0, 0, 0]]
        wide = np.ptp(line[:, 0], axis=0)
        if max(wide) < least or (parent >= 0 and min(wide) < least):
            # A small hole is a letter, unless it begins gently.
            whole[number] += (spread[line[:, 0, 1], line[:, 0, 0]] < _SHARP).sum()
            continue
        ends = cv2.approxPolyDP(line, 1.0, True)[:, 0]
        for one, other in zip(ends, np.roll(ends, -1, axis=0)):
            length = float(np.hypot(*(other - one)))
            inner = _inside(image.shape, one, other)
            if not inner:
                continue
            whole[number] += length
            if length >= least and _steps(image, even, one, other):
                straight[number] += length
                cv2.line(found, tuple(map(int, one)), tuple(map(int, other)), 1, 3)
    for number in np.flatnonzero(straight > _STRAIGHT * np.maximum(whole, 1)):
        levels = image[labels == number]
        if np.bincount(levels).max() >= _CONSTANT * len(levels):
            found[labels == number] = 1
    return found


def _inside(shape, one, other) -> bool:
    """Whether a line doesn't run along the border, where an image just ends."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    last = np.array(shape[::-1]) - 1
    return not ((high <= 1).any() or (low >= last - 1).any())


def _steps(image, even, one, other) -> bool:
    """Whether grey levels step along a line, at once and everywhere."""
    along = (other - one) / np.hypot(*(other - one))
    across = np.array([-along[1], along[0]])
    points = np.linspace(one, other, int(np.abs(other - one).max()) + 1)[2:-2]

    def levels(distance):
        x, y = np.rint(points + distance * across).astype(int).T
        high, wide = np.array(image.shape) - 1
        return image[np.clip(y, 0, high), np.clip(x, 0, wide)].astype(int)

    # The line may lie a pixel off on either side.
    outward = max((1, -1), key=lambda sign: np.abs(levels(3 * sign) - levels(-sign)).sum())
    inner, near, far, within = (levels(each * outward) for each in (-1, 2, 5, -3))
    step = np.abs(near - inner)
    along_sides = max(np.median(np.abs(far - near)), np.median(np.abs(inner - within)))
    return np.quantile(step, 0.25) > _STEP and np.median(step) > 2 * along_sides


def _strokes(image, even) -> np.ndarray:
    """Thin things with sharp edges all around: uint8 [height, width]."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(even)
    if count < 2:
        return np.zeros_like(even)
    thick = np.zeros(count)
    depth = cv2.distanceTransform(even, cv2.DIST_L2, 3)
    np.maximum.at(thick, labels.ravel(), depth.ravel())
    grown = cv2.dilate(labels.astype(np.float32), np.ones((5, 5), np.uint8)).astype(int)
    near = cv2.dilate(even, np.ones((3, 3), np.uint8)) > 0
    ring = (grown > 0) & ~near
    level = np.bincount(labels.ravel(), image.ravel(), count) / np.maximum(stats[:, 4], 1)
    sharp = np.abs(image[ring] - level[grown[ring]]) > _SHARP
    edges = np.bincount(grown[ring], minlength=count)
    share = np.bincount(grown[ring], sharp, count) / np.maximum(edges, 1)
    chosen = (share >= _MIN_SHARP) & (edges > 0) & (stats[:, 4] >= _MIN_STROKE)
    chosen &= thick <= max(4, max(image.shape) / 32)
    chosen[0] = False
    return chosen[labels].astype(np.uint8)
