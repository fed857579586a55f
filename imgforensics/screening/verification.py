"""A pair of pictures looked at closely: where they lie on each other, and how sure that is."""

import collections
import dataclasses
import functools
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import alignments, movement, parts, regions, within
from imgforensics.comparison.findings import Part
from imgforensics.comparison.parts import Pair, Place
from imgforensics.comparison.regions import Clean
from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.library import embedding, extraction
from imgforensics.models import metric
from imgforensics.screening.candidates import Pair as Candidate
from imgforensics.verification import calibration, evidence, registration
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence
from imgforensics.verification.keypoints import Keypoints, detect
from imgforensics.verification.verdict import Verdict

_MIN_INLIERS = 8  # of a region that was found by keypoints: of different pictures not so many agree
_PAIRS = 32  # that are worked out at once, and noted: about a batch of images
_KEPT = 128  # pictures whose keypoints are kept for further pairs: about 200 MB


class Found(NamedTuple):
    """What two pictures have in common at one place, or might.

    Attributes:
        part: the squares around it, and what is found out by comparing these.
        matrix: float64 [3, 3], takes pixels of the second picture to the first.
        corners: float64 [4, 2], of a rectangle around it in the first picture.
        judged: the verdict on it.
        sure: whether it was found by keypoints, and not chosen by its f.
    """

    part: Part
    matrix: np.ndarray
    corners: np.ndarray
    judged: Verdict
    sure: bool

    @property
    def corners_in_second(self) -> np.ndarray:
        """The corners in the second picture, float64 [4, 2]."""
        return regions.moved(self.corners, np.linalg.inv(self.matrix))

    @property
    def reason(self) -> str:
        """What speaks for it and against it, in words."""
        seen, how = self.part.evidence, movement.movement(self.matrix, self.corners_in_second)
        degrees, percent = round(how["degrees_clockwise"]), round(100 * how["scale"])
        words = ["mirrored"] * how["mirrored"] + ["negative"] * seen.inverted
        words += [f"turned by {degrees} degrees"] * (degrees != 0)
        words += [f"at {percent} % of its size"] * (percent != 100)
        told = [
            f"{seen.inliers} of {seen.matches} keypoints agree, correlation {seen.correlation:.2f}",
            ", ".join(words) or "as it is",
            *self.judged.reasons,
        ]
        return "; ".join(told)


@dataclasses.dataclass(frozen=True)
class _Picture:
    """The pixels of a picture, uint8 [height, width], told from others by their hash."""

    sha256: str
    pixels: np.ndarray = dataclasses.field(repr=False, compare=False)


class _Seen(NamedTuple):
    """A picture with what all of its pairs need: where it shows something, and its keypoints."""

    image: np.ndarray
    clean: Clean
    keypoints: Keypoints


class _Trial(NamedTuple):
    """Squares of two pictures that are compared, and where they are thought to lie."""

    pair: Pair
    place: Place | None
    evidence: Evidence


def look(
    model: Model,
    calibrated: Calibration,
    pairs: Sequence[Candidate],
    load: Callable[[str], np.ndarray],
    engine: Engine = LOCAL,
) -> Iterator[list[tuple[Candidate, list[Found]]]]:
    """Looks closely at pairs of pictures, some at a time.

    Args:
        model: by whose f they are judged.
        calibrated: for this model.
        pairs: that were proposed; it is quicker where those of one picture follow each other.
        load: gives the pixels of one, uint8 [height, width].
        engine: that looks.

    Yields:
        Pairs, each with what was found in them, the best first.
    """
    loaded = functools.lru_cache(_KEPT)(lambda digest: _Picture(digest, load(digest)))
    told = ((pair, (loaded(pair.first), loaded(pair.second))) for pair in pairs)
    side = model.config.manipulations.output_size
    tried = engine.in_order(functools.partial(_trials, side), told)
    waiting: collections.deque[list[list[_Trial]]] = collections.deque()

    def squares():
        while some := list(itertools.islice(tried, _PAIRS)):
            waiting.append(some)
            yield [trial.pair.images for trials in some for trial in trials]

    try:
        judging = engine.on_devices(functools.partial(_distances, model), squares())
        for start, f in zip(range(0, len(pairs), _PAIRS), judging):
            scores = iter(f)
            yield [
                (pair, _judged(calibrated, [(trial, next(scores)) for trial in trials]))
                for pair, trials in zip(pairs[start : start + _PAIRS], waiting.popleft())
            ]
    finally:
        _seen.cache_clear()


def _distances(model: Model, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """The f of pairs of squares."""
    embeddings = embed(model, itertools.chain(*pairs), batch_size=2 * _PAIRS)
    return np.asarray(metric.distance(model.metric, embeddings[::2], embeddings[1::2])).tolist()


def look_within(
    model: Model,
    calibrated: Calibration,
    pictures: Sequence[str],
    load: Callable[[str], np.ndarray],
    engine: Engine = LOCAL,
) -> Iterator[list[tuple[str, list[Found]]]]:
    """Looks for what pictures show at two places, some at a time.

    Args:
        model, calibrated, load, engine: as of `look`.
        pictures: hashes.

    Yields:
        Hashes, each with the regions that lie elsewhere, too, the best first.
    """
    search = functools.partial(_within, (model, calibrated))
    found = engine.in_order(search, map(load, pictures))
    for start in range(0, len(pictures), _PAIRS):
        yield list(zip(pictures[start : start + _PAIRS], found))


def _within(judges: tuple[Model, Calibration], image: np.ndarray) -> list[Found]:
    found = within.search(image, lambda: judges, thorough=False)
    return [
        Found(region.part, region.matrix, region.corners, region.judged, sure=True)
        for region in found.regions
        if region.corners is not None and _is_large(region.corners)
    ]


def _is_large(corners: np.ndarray) -> bool:
    """Whether a region has as many pixels as a panel needs, or else two letters may be a region."""
    return bool(np.ptp(corners, axis=0).min() >= extraction.MIN_SIDE)


def record(pictures: tuple[str, str], number: int, found: Found) -> tuple:
    """A row of the table of regions."""
    seen = found.part.evidence
    return (
        *pictures, number, *_box(found.corners), *_box(found.corners_in_second),
        json.dumps(found.corners.tolist()), json.dumps(found.matrix.tolist()), int(seen.inverted),
        found.part.f, found.part.verified, seen.inliers, seen.common, seen.correlation,
        seen.agreement, found.judged.name, found.sure, found.reason,
    )  # fmt: skip


@functools.lru_cache(_KEPT)
def _seen(picture: _Picture) -> _Seen:
    clean = regions.clean(picture.pixels)
    return _Seen(picture.pixels, clean, detect(picture.pixels, clean.shown))


def _trials(side: int, told: tuple[Candidate, tuple[_Picture, _Picture]]) -> list[_Trial]:
    """What keypoints of the whole pictures of a pair lead to.

    Where they don't lead to anything sure, the squares of the smallest f, too.
    """
    candidate, pictures = told
    one, other = map(_seen, pictures)
    images = one.image, other.image
    places = alignments.find(
        (one.clean, other.clean), one.keypoints, other.keypoints, registration.estimate_homography
    )
    tried = [_trial(parts.of_place(images, place, side), place) for place in places]
    if not any(map(_is_sure, tried)):
        numbers = candidate.square_a, candidate.square_b
        first, second = (
            embedding.cut(image, side).boxes[number] for image, number in zip(images, numbers)
        )
        tried.append(_trial(parts.of_boxes(images, first, second, side), None))
    return tried


def _trial(pair: Pair, place: Place | None) -> _Trial:
    return _Trial(pair, place, evidence.gather(*map(evidence.prepare, pair.images)))


def _is_sure(trial: _Trial) -> bool:
    return trial.place is not None and trial.evidence.inliers >= _MIN_INLIERS


def _judged(calibrated, tried) -> list[Found]:
    found = [_found(calibrated, *each) for each in tried if each[0].evidence.matrix is not None]
    return sorted(found, key=lambda each: (not each.judged.same, each.part.verified))


def _found(calibrated, trial, f) -> Found:
    part = Part(trial.pair, f, trial.evidence, calibration.score(calibrated, trial.evidence, f))
    if trial.place is None:
        left, top, side = part.pair.first
        matrix = part.pair.on_the_whole(trial.evidence.matrix)
        corners = np.array([left, top]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    else:
        matrix, corners = trial.place.matrix, trial.place.region
    return Found(
        part=part,
        matrix=matrix,
        corners=corners,
        judged=part.judged(calibrated, whole=True),
        sure=_is_sure(trial),
    )


def _box(corners) -> tuple[float, ...]:
    return *map(float, corners.min(axis=0)), *map(float, corners.max(axis=0))
