"""Are two images the same, or parts of them, and where?"""

import dataclasses
import functools
import itertools
import os
import pathlib
from concurrent import futures

import numpy as np

from imgforensics import pretrained
from imgforensics.comparison import pages, parts, report, tiles
from imgforensics.comparison.findings import Findings, Part
from imgforensics.comparison.pages import Choice
from imgforensics.comparison.parts import Place
from imgforensics.data import blank
from imgforensics.inference import weights as weights_file
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.training import trained
from imgforensics.utils import compilation, digests
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration, evidence, registration
from imgforensics.verification.calibration import SCREENING, Calibration
from imgforensics.verification.evidence import Evidence
from imgforensics.verification.keypoints import detect
from imgforensics.verification.registration import Alignment

MIN_SIDE = 32  # pixels of the shorter side
_BATCH = 16  # images in one call of the network: of the few that there are, few are padding
_MAX_CANDIDATES = 4  # pairs of tiles that are looked at closely
_MAX_SEARCHED = 5000  # pairs of tiles, at most, among which these are looked for
_MAX_OVERLAP = 0.3  # of tiles, from which on two pairs are about the same
_MIN_INLIERS_OF_HINT = 6  # of a registration of the whole images that says where to look closely
_MIN_INLIERS_OF_PART = 8  # of a part: of different images not so many agree
_MAX_DOUBTFUL = 3.0  # a verified score, below which it is worth while to look around once more
_MAX_PART = 0.8  # of an image's shorter side: a square that is smaller is less than the whole


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison(Findings):
    """What is found out about two images, in words, as plain values and as a picture."""

    def __repr__(self) -> str:
        names = " and ".join(self.names)
        return (
            f"<Comparison of {names}: {self.verdict}, f {self.f:.2f}, verified {self.verified:.2f}>"
        )

    def to_dict(self) -> dict:
        """All that was found out, as plain values that JSON takes; see `report.record`."""
        return report.record(self)

    def save(self, folder: str | os.PathLike) -> tuple[pathlib.Path, pathlib.Path]:
        """Writes the picture and the record into a folder; see `report.write`.

        Returns:
            The paths of the PNG file and of the JSON file.

        Raises:
            UserError: nothing can be written there.
        """
        return report.write(self, folder, self.names)

    def _repr_png_(self) -> bytes:
        """The picture, which notebooks show."""
        return report.png(self, self.names)


def compare(
    first: str | os.PathLike | np.ndarray,
    second: str | os.PathLike | np.ndarray,
    weights: str | os.PathLike | None = None,
    page: Choice = None,
    channel: Choice = None,
) -> Comparison:
    """Compares two images, and all their parts with each other.

    The whole images and overlapping tiles of several sizes are embedded, and f taken of all pairs.
    The whole images, what a registration of them finds in common (laid on each other), and if
    neither will do the closest pairs of tiles, are then looked at closely: the second is laid on
    the first, as it is, mirrored and with reversed greys, and the verified score tells how well it
    fits. Of a part eight keypoints have to agree, too.

    Of a file with several pages, the page is compared whose f with the other image, or with the
    pages of the other file, is smallest. Channels are compared together.

    The order of the images doesn't matter: they enter in one of their own, by their pixels' hashes.

    Args:
        first, second: files of a kind that `images.read` knows, or uint8 arrays [height, width], of
            any size.
        weights: a file of weights or a run's folder, with its calibration; by default those that
            come with the package.
        page, channel: from 1, in place of that choice: of the first file and of the second, or one
            number for those that have several.

    Raises:
        UserError: an image can't be read, has no such page or channel, is smaller than 32 pixels or
            blank, both are the same file, or the weights or their calibration are missing.
    """
    chosen = pages.choose((first, second), lambda: _model(_named(weights))[0], page, channel)
    images = chosen[0].pixels, chosen[1].pixels
    _check(first, second, images)
    if digests.of_pixels(images[0]) > digests.of_pixels(images[1]):
        found = _compare(images[::-1], weights).swapped()
    else:
        found = _compare(images, weights)
    return dataclasses.replace(
        found,
        names=_names(first, second),
        files=(_file_digest(first), _file_digest(second)),
        read=(chosen[0].description, chosen[1].description),
    )


def _compare(images, weights) -> Comparison:
    # OpenCV lays images on each other while JAX reads, traces and runs the network.
    with futures.ThreadPoolExecutor(1) as aside:
        registered = aside.submit(_overall, images)
        model, calibrated = _model(_named(weights))
        side = model.config.manipulations.output_size
        one, other = (tiles.cut(image, side) for image in images)
        pair = parts.of_boxes(images, one.boxes[0], other.boxes[0], side)
        gathered = aside.submit(_gather, pair)
        overall, place = registered.result()
        laid = [] if place is None else [parts.of_place(images, place, side)]
        embeddings = embed(
            model,
            itertools.chain(one.images, other.images, *(pair.images for pair in laid)),
            batch_size=_BATCH,
        )
    rows, columns, extra = np.split(embeddings, np.cumsum([len(one.boxes), len(other.boxes)]))
    f = np.asarray(metric.distance(model.metric, rows[:, None], columns[None]))

    whole = _judge(calibrated, pair, f[0, 0], gathered.result())
    # Parts are chosen among many by their f, which so says less; their keypoints have to agree.
    tried = [_look(calibrated, pair, metric.distance(model.metric, *extra)) for pair in laid]
    best = min([whole, *filter(_agreeing, tried)], key=_score)
    strict = calibrated.verified[SCREENING].threshold
    if best.verified > strict:
        close = _closest(f, one.boxes, other.boxes)
        pairs = [parts.of_boxes(images, one.boxes[i], other.boxes[j], side) for i, j in close]
        tried += _look_at_all(calibrated, pairs, [f[at] for at in close])
        doubtful = min([whole, *tried], key=_score)
        if doubtful.verified < _MAX_DOUBTFUL:
            tried += _look_again(model, calibrated, images=images, part=doubtful, side=side)
        best = min([whole, *filter(_agreeing, tried)], key=_score)
    found = Comparison(
        first=images[0], second=images[1], f=float(f[0, 0]), closest=float(f.min()),
        tiles=f.shape, part=best, whole=best is whole, matrix=None, region=None,
        calibration=calibrated, model=model,
    )  # fmt: skip
    if not found.same or best.matrix is None:
        return found
    starts = [best.matrix]
    if overall is not None and overall.inverted == best.evidence.inverted:
        starts.append(overall.matrix)
    boxes = best.pair.first, best.pair.second
    matrix = parts.refine(images, boxes, starts, best.evidence.inverted)
    place = parts.locate(images, matrix, best.evidence.inverted)
    if place is None:
        return dataclasses.replace(found, matrix=matrix)
    return dataclasses.replace(found, matrix=place.matrix, region=place.region)


def _overall(images) -> tuple[Alignment | None, Place | None]:
    """A registration of the whole images, and what is common by it, if that is a part of them."""
    found = registration.estimate_homography(*map(detect, images))
    if found is None or found.inliers < _MIN_INLIERS_OF_HINT:
        return found, None
    return found, _partial(images, parts.locate(images, found.matrix, found.inverted))


def _partial(images, place) -> Place | None:
    """The place, unless it is about the whole of both images."""
    if place is None:
        return None
    boxes = parts.boxes_around(images, place.region, place.matrix)
    sides = [box[2] / min(image.shape) for box, image in zip(boxes, images)]
    return place if min(sides) < _MAX_PART else None


def _look_again(model, calibrated, images, part, side) -> list[Part]:
    """Looks at what is common by the alignment of a part, if anything is."""
    if part.matrix is None:
        return []
    place = _partial(images, parts.locate(images, part.matrix, part.evidence.inverted))
    if place is None:
        return []
    pair = parts.of_place(images, place, side)
    embeddings = embed(model, pair.images, batch_size=_BATCH)
    return [_look(calibrated, pair, metric.distance(model.metric, *embeddings))]


def _look(calibrated, pair, f) -> Part:
    """Lays the second square on the first."""
    return _judge(calibrated, pair, f, _gather(pair))


def _look_at_all(calibrated, pairs, f) -> list[Part]:
    """The same of several pairs, side by side: OpenCV and FFTs leave Python free."""
    with futures.ThreadPoolExecutor(compilation.cores()) as pool:
        found = pool.map(_gather, pairs)
    return [_judge(calibrated, *each) for each in zip(pairs, f, found)]


def _gather(pair) -> Evidence:
    return evidence.gather(*map(evidence.prepare, pair.images))


def _judge(calibrated, pair, f, found) -> Part:
    return Part(pair, float(f), found, calibration.score(calibrated, found, float(f)))


def _score(part: Part) -> float:
    return part.verified


def _agreeing(part: Part) -> bool:
    return part.evidence.inliers >= _MIN_INLIERS_OF_PART


def _named(weights) -> str | None:
    return None if weights is None else os.fspath(weights)


def _file_digest(image) -> str | None:
    return None if isinstance(image, np.ndarray) else digests.of_file(image)


def _names(first, second) -> tuple[str, str]:
    """The files; A and B where there are pixels instead."""
    one, other = (
        letter if isinstance(image, np.ndarray) else os.fspath(image)
        for letter, image in zip("AB", (first, second), strict=True)
    )
    return one, other


def _check(first, second, images) -> None:
    files = [each for each in (first, second) if not isinstance(each, np.ndarray)]
    if len(files) == 2 and os.path.samefile(*files):
        raise UserError(f"{first} and {second} are the same file: name two images")
    for name, image in zip((first, second), images):
        name = "an image" if isinstance(name, np.ndarray) else name
        height, width = image.shape
        if min(height, width) < MIN_SIDE:
            raise UserError(
                f"{name} has {width}x{height} pixels: it takes {MIN_SIDE} either way to compare"
            )
        if blank.is_blank(image):
            raise UserError(f"{name} is blank: there is nothing to compare")


@functools.lru_cache(maxsize=2)
def _model(path: str | None) -> tuple[Model, Calibration]:
    file = pathlib.Path(pretrained.path() if path is None else path)
    model = trained.read(file)
    fitted = calibration.load(calibration.beside(file), weights_file.fingerprint(model))
    return model, fitted


def _closest(f: np.ndarray, first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of tiles with the smallest f, one of each group that overlap in both images."""
    chosen = []
    for number in np.argsort(f, axis=None)[:_MAX_SEARCHED]:
        i, j = divmod(int(number), f.shape[1])
        if all(
            min(_shared(first[i], first[k]), _shared(second[j], second[m])) < _MAX_OVERLAP
            for k, m in chosen
        ):
            chosen.append((i, j))
        if len(chosen) == _MAX_CANDIDATES:
            break
    return chosen


def _shared(one, other) -> float:
    """Intersection over union of two squares."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2], other[:2] + other[2])
    area = np.prod(np.maximum(high - low, 0))
    return area / (one[2] ** 2 + other[2] ** 2 - area)
