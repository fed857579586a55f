"""Are two images the same, or parts of them, and where?"""

import dataclasses
import functools
import itertools
import os
import pathlib

import numpy as np
from PIL import Image

from imgforensics import pretrained
from imgforensics import weights as weights_file
from imgforensics.comparison import calibration, evidence, regions, registration, tiles, verified
from imgforensics.comparison.calibration import SAME, SCREENING, Calibration
from imgforensics.comparison.dense import even
from imgforensics.comparison.evidence import Evidence
from imgforensics.comparison.features import extract
from imgforensics.data.gray import read_gray
from imgforensics.errors import UserError
from imgforensics.evaluation.embed import embed
from imgforensics.models import metric
from imgforensics.weights import Model

SMALLEST = 32  # pixels of the shorter side
BLANK = 1.0  # grey levels: standard deviation of an image below which there is nothing to compare
_CANDIDATES = 4  # pairs of tiles that are looked at closely
_SEARCHED = 5000  # pairs of tiles, at most, among which these are looked for
_OVERLAP = 0.3  # of tiles, from which on two pairs are about the same
_INLIERS = 8  # with which a registration of the whole images says where to look closely
_DOUBTFUL = 3.0  # a verified score, below which it is worth while to look around once more
_MARGIN = 0.1  # of a region, around it
_CLOSER = 0.5  # of a region, around it, where its borders are looked for
_PART = 0.8  # of an image's shorter side: a square that is smaller is less than the whole
_FINE = 384  # pixels of a square's side, at which the last alignment is made

Box = tuple[float, float, float]  # left, top and side, in pixels


@dataclasses.dataclass(frozen=True)
class Part:
    """A square of either image, and what is found out by comparing the two.

    Attributes:
        first, second: left, top and side of the squares, in pixels of the images.
        images: uint8 [side, side] each, the squares as the network sees them.
        f: of the squares.
        evidence: of laying the second on the first, in pixels of `images`.
        verified: the score.
    """

    first: Box
    second: Box
    images: tuple[np.ndarray, np.ndarray]
    f: float
    evidence: Evidence
    verified: float


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What is found out about two images.

    Attributes:
        first, second: uint8 [height, width], the images.
        f: of the whole images (their largest central squares).
        closest: the smallest f among all pairs of their tiles.
        tiles: how many tiles there are of each.
        part: the two squares that are most likely the same; the whole images, if those are.
        whole: whether the part is the whole images.
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first; None where they are different.
        region: float64 [4, 2], corners in the first image of a rectangle around what agrees, which
            is upright in one of the images; None where they are different.
        calibration: by which scores are judged.
        model: by which they were made.
    """

    first: np.ndarray
    second: np.ndarray
    f: float
    closest: float
    tiles: tuple[int, int]
    part: Part
    whole: bool
    matrix: np.ndarray | None
    region: np.ndarray | None
    calibration: Calibration
    model: Model

    @property
    def verified(self) -> float:
        """The part's verified score."""
        return self.part.verified

    @property
    def likelihood(self) -> float:
        """sigmoid(1 - f)."""
        return float(metric.likelihood(self.f))

    @property
    def verified_likelihood(self) -> float:
        """sigmoid(1 - verified), the likelihood if copies are as frequent as others."""
        return float(metric.likelihood(self.verified))

    @property
    def points(self) -> dict[str, str | None]:
        """The strictest operating point at which f, and the verified score, say "same", if any.

        Parts are chosen among many pairs, and so only the screening point counts for them.
        """
        names = (SCREENING, SAME)
        return {
            "f": _strictest(self.calibration.f, self.f, names),
            "verified": _strictest(
                self.calibration.verified, self.verified, names if self.whole else names[:1]
            ),
        }

    @property
    def same(self) -> bool:
        """The verdict, by the verified score."""
        return self.points["verified"] is not None


def compare(
    first: str | os.PathLike | np.ndarray,
    second: str | os.PathLike | np.ndarray,
    weights: str | os.PathLike | None = None,
) -> Comparison:
    """Compares two images, and all their parts with each other.

    The whole images and overlapping tiles of several sizes are embedded, and f taken of all pairs.
    The whole images, what a registration of them finds in common, and if neither will do the
    closest pairs of tiles, are then looked at closely: the second is laid on the first, as it is,
    mirrored and with reversed greys, and the verified score tells how well it fits.

    Args:
        first, second: PNG, JPEG or TIFF files, or uint8 arrays [height, width], of any size.
        weights: a file of weights or a run's folder, with its calibration; by default those that
            come with the package.

    Raises:
        UserError: an image can't be read, is smaller than 32 pixels or blank, both are the same
            file, or the weights or their calibration are missing.
    """
    images = _open(first), _open(second)
    _check(first, second, images)
    model, calibrated = _model(weights)
    side = model.config.manipulations.output_size
    one, other = (tiles.cut(image, side) for image in images)
    overall = registration.register(*map(extract, images))
    around = _around(images, overall)
    embeddings = embed(
        model, itertools.chain(one.images, other.images, *_crops(images, around, side))
    )
    rows, columns, extra = np.split(embeddings, np.cumsum([len(one.boxes), len(other.boxes)]))
    f = np.asarray(metric.distance(model.metric, rows[:, None], columns[None]))
    f_around = np.asarray(metric.distance(model.metric, extra[::2], extra[1::2]))

    def look(pair, value):
        return _look(calibrated, images, pair, float(value), side)

    def look_around(part):
        matrix = _align(images, part, overall, side)
        pairs = _squares(images, matrix, part.evidence.inverted)
        crops = [np.stack(each) for each in _crops(images, pairs, side)]
        f = [verified.distances(model, each, [[0, 1]])[0] for each in crops]
        return list(map(look, pairs, f))

    whole = look((one.boxes[0], other.boxes[0]), f[0, 0])
    parts = [whole, *map(look, around, f_around)]
    strict = calibrated.verified[SCREENING].threshold
    if min(part.verified for part in parts) > strict:
        places = _closest(f, one.boxes, other.boxes)
        parts += [look((one.boxes[i], other.boxes[j]), f[i, j]) for i, j in places]
        doubtful = min(parts, key=_by_score)
        if strict < doubtful.verified < _DOUBTFUL and doubtful.evidence.matrix is not None:
            parts += look_around(doubtful)
    best = min(parts, key=_by_score)
    found = Comparison(
        *images, f=float(f[0, 0]), closest=float(f.min()), tiles=f.shape, part=best,
        whole=best is whole, matrix=None, region=None, calibration=calibrated, model=model,
    )  # fmt: skip
    if not found.same or best.evidence.matrix is None:
        return found
    inverted = best.evidence.inverted
    matrix = _align(images, best, overall, side)
    if (region := regions.common(*images, matrix, inverted)) is not None:
        # What lies around the region has led the alignment astray a little.
        boxes = _boxes(images, region, matrix, margin=0.0)
        matrix = _refine(images, boxes, [matrix], inverted, side)
        region = _closer(images, region, matrix, inverted, side)
    return dataclasses.replace(found, matrix=matrix, region=region)


def _by_score(part: Part) -> float:
    return part.verified


def _open(image) -> np.ndarray:
    if not isinstance(image, np.ndarray):
        return read_gray(image)
    if image.ndim != 2 or image.dtype != np.uint8:
        raise UserError(
            f"an image is an array of {image.dtype} and shape {image.shape}: give grey levels, "
            "uint8 [height, width], or name a file"
        )
    return image


def _check(first, second, images) -> None:
    files = [each for each in (first, second) if not isinstance(each, np.ndarray)]
    if len(files) == 2 and os.path.samefile(*files):
        raise UserError(f"{first} and {second} are the same file: name two images")
    for name, image in zip((first, second), images):
        name = "an image" if isinstance(name, np.ndarray) else name
        height, width = image.shape
        if min(height, width) < SMALLEST:
            raise UserError(
                f"{name} has {width}x{height} pixels: it takes {SMALLEST} either way to compare"
            )
        if image.std() < BLANK:
            raise UserError(f"{name} is blank: there is nothing to compare")


@functools.lru_cache(maxsize=2)
def _model(path) -> tuple[Model, Calibration]:
    path = pretrained.path() if path is None else pathlib.Path(path)
    model = weights_file.read(path)
    fitted = calibration.load(calibration.beside(path), weights_file.fingerprint(model))
    return model, fitted


def _strictest(points, score, names) -> str | None:
    return next((name for name in names if score <= points[name].threshold), None)


def _look(calibrated, images, pair, f, side) -> Part:
    """Lays the second square on the first."""
    crops = [_crop(image, box, side) for image, box in zip(images, pair)]
    found = evidence.gather(*map(evidence.prepare, crops))
    first, second = (tuple(map(float, box)) for box in pair)
    score = calibration.score(calibrated, found, f)
    return Part(first, second, tuple(crops), f, found, score)


def _crop(image, box, side) -> np.ndarray:
    """uint8 [side, side] of a square."""
    left, top, width = box
    ends = np.minimum([left + width, top + width], image.shape[::-1])  # but for rounding
    picture = Image.fromarray(image)
    return np.asarray(
        picture.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, *ends))
    )


def _crops(images, pairs, side) -> list[list[np.ndarray]]:
    return [[_crop(image, box, side) for image, box in zip(images, pair)] for pair in pairs]


def _closest(f: np.ndarray, first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of tiles with the smallest f, one of each group that overlap in both images."""
    chosen = []
    for number in np.argsort(f, axis=None)[:_SEARCHED]:
        i, j = divmod(int(number), f.shape[1])
        if all(
            min(_shared(first[i], first[k]), _shared(second[j], second[m])) < _OVERLAP
            for k, m in chosen
        ):
            chosen.append((i, j))
        if len(chosen) == _CANDIDATES:
            break
    return chosen


def _shared(one, other) -> float:
    """Intersection over union of two squares."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2], other[:2] + other[2])
    area = np.prod(np.maximum(high - low, 0))
    return area / (one[2] ** 2 + other[2] ** 2 - area)


def _around(images, overall) -> list[tuple[Box, Box]]:
    """The squares around what is common by a registration of the whole images."""
    if overall is None or overall.inliers < _INLIERS:
        return []
    return _squares(images, overall.matrix, overall.inverted)


def _squares(images, matrix, inverted) -> list[tuple[Box, Box]]:
    """The squares around what is common, if anything is, and if either is less than the whole."""
    region = regions.common(*images, matrix, inverted)
    if region is None:
        return []
    boxes = _boxes(images, region, matrix, _MARGIN)
    sides = [box[2] / min(image.shape) for box, image in zip(boxes, images)]
    return [boxes] if min(sides) < _PART else []


def _boxes(images, region, matrix, margin) -> tuple[Box, Box]:
    """The squares around a region in both images."""
    corners = region, regions.moved(region, np.linalg.inv(matrix))
    return tuple(_square(image, each, margin) for image, each in zip(images, corners))


def _square(image, points, margin) -> Box:
    """A square of the image around some points, or as much of it as there is."""
    low, high = points.min(axis=0), points.max(axis=0)
    shape = np.array(image.shape[::-1], float)
    side = min((high - low).max() * (1 + 2 * margin), shape.min())
    left, top = np.clip((low + high - side) / 2, 0, shape - side)
    return left, top, side


def _align(images, part, overall, side) -> np.ndarray:
    """The matrix of the whole images that comes of that of their parts, or fits these better."""
    inward, outward = _enlarging(part.second, side), _enlarging(part.first, side)
    starts = [outward @ part.evidence.matrix @ np.linalg.inv(inward)]
    if overall is not None and overall.inverted == part.evidence.inverted:
        starts.append(overall.matrix)
    boxes = part.first, part.second
    return _refine(images, boxes, starts, part.evidence.inverted, side)


def _refine(images, boxes, starts, inverted, side) -> np.ndarray:
    """The best of some matrices, once refined to fit two squares in full detail."""
    fine = int(np.clip(boxes[0][2], side, _FINE))
    first, second = (
        evidence.soften(even(_crop(image, box, fine))) for image, box in zip(images, boxes)
    )
    outward, inward = (_enlarging(box, fine) for box in boxes)
    within = [np.linalg.inv(outward) @ start @ inward for start in starts]
    best = evidence.best(first, second, [(start, inverted) for start in within])
    matrix = starts[0] if best is None else outward @ best.matrix @ np.linalg.inv(inward)
    return matrix / matrix[2, 2]


def _closer(images, region, matrix, inverted, side) -> np.ndarray:
    """The region as a closer look shows it."""
    box, _ = _boxes(images, region, matrix, _CLOSER)
    fine = int(np.clip(box[2], side, _FINE))
    outward = _enlarging(box, fine)
    seen = regions.common(
        _crop(images[0], box, fine), images[1], np.linalg.inv(outward) @ matrix, inverted
    )
    return region if seen is None else regions.moved(seen, outward)


def _enlarging(box, side) -> np.ndarray:
    """Takes pixels of a square's crop of `side` pixels to those of the image."""
    left, top, width = box
    return np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]) @ regions.scaling(width / side)
