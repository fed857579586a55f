"""A pair of pictures looked at closely: where they lie on each other, and how sure that is."""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import movement, parts, regions
from imgforensics.comparison.parts import Images, Pair, Place
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.library import embedding
from imgforensics.models import metric
from imgforensics.screening.candidates import Pair as Candidate
from imgforensics.utils import ahead, compilation
from imgforensics.verification import calibration, evidence, registration
from imgforensics.verification.calibration import SCREENING, Calibration
from imgforensics.verification.evidence import Evidence
from imgforensics.verification.keypoints import detect

_MIN_INLIERS = 6  # of a registration of the whole pictures that says where to look closely
_MIN_INLIERS_OF_PART = 8  # of a part: of different pictures not so many agree
_PAIRS = 32  # that are worked out at once, and noted: a batch of images


class Found(NamedTuple):
    """What two pictures have in common at one place.

    Attributes:
        boxes: x0, y0, x1, y1 in the first picture and in the second, in pixels.
        corners: float64 [4, 2], of a rectangle around it in the first picture.
        matrix: float64 [3, 3], takes pixels of the second picture to the first.
        evidence: of the squares around it.
        f, verified: their scores.
        passed: whether the verified score passes the screening point.
        sure: whether it was found by keypoints, and not chosen by its f.
    """

    boxes: tuple[tuple[float, ...], tuple[float, ...]]
    corners: np.ndarray
    matrix: np.ndarray
    evidence: Evidence
    f: float
    verified: float
    passed: bool
    sure: bool

    @property
    def reason(self) -> str:
        """What speaks for it, in words."""
        seen, how = self.evidence, movement.movement(self.matrix, self.corners_in_second)
        degrees, percent = round(how["degrees_clockwise"]), round(100 * how["scale"])
        words = ["mirrored"] * how["mirrored"] + ["negative"] * seen.inverted
        words += [f"turned by {degrees} degrees"] * (degrees != 0)
        words += [f"at {percent} % of its size"] * (percent != 100)
        return (
            f"{seen.inliers} of {seen.matches} keypoints agree, correlation "
            f"{seen.correlation:.2f}; {', '.join(words) or 'as it is'}"
        )

    @property
    def corners_in_second(self) -> np.ndarray:
        """The corners in the second picture, float64 [4, 2]."""
        return regions.moved(self.corners, np.linalg.inv(self.matrix))


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
) -> Iterator[list[tuple[Candidate, list[Found]]]]:
    """Looks closely at pairs of pictures, some at a time.

    Args:
        model: by whose f they are judged.
        calibrated: for this model.
        pairs: that were proposed.
        load: gives the pixels of one, uint8 [height, width].

    Yields:
        Pairs, each with what was found in them, the best first.
    """
    try_out = functools.partial(_trials, side=model.config.manipulations.output_size)
    for start in range(0, len(pairs), _PAIRS):
        some = pairs[start : start + _PAIRS]
        pictures = ((pair, (load(pair.first), load(pair.second))) for pair in some)
        tried = list(ahead.in_order(try_out, pictures, compilation.cores()))
        images = [image for trials in tried for trial in trials for image in trial.pair.images]
        embeddings = embed(model, images, batch_size=2 * _PAIRS)
        f = iter(np.asarray(metric.distance(model.metric, embeddings[::2], embeddings[1::2])))
        yield [
            (pair, _judged(calibrated, [(trial, float(next(f))) for trial in trials]))
            for pair, trials in zip(some, tried)
        ]


def record(pair: Candidate, number: int, found: Found) -> tuple:
    """A row of the table of regions."""
    seen = found.evidence
    return (
        pair.first, pair.second, number, *found.boxes[0], *found.boxes[1],
        json.dumps(found.corners.tolist()), json.dumps(found.matrix.tolist()), int(seen.inverted),
        found.f, found.verified, seen.inliers, seen.common, seen.correlation, seen.agreement,
        found.passed, found.sure, found.reason,
    )  # fmt: skip


def _trials(proposed: tuple[Candidate, Images], side: int) -> list[_Trial]:
    """What keypoints of the whole pictures lead to; without that, the squares of the smallest f."""
    candidate, images = proposed
    aligned = registration.estimate_homography(*map(detect, images))
    place = None
    if aligned is not None and aligned.inliers >= _MIN_INLIERS:
        place = parts.locate(images, aligned.matrix, aligned.inverted)
    if place is not None:
        pair = parts.of_place(images, place, side)
    else:
        squares = zip(images, (candidate.square_a, candidate.square_b))
        first, second = (embedding.cut(image, side).boxes[number] for image, number in squares)
        pair = parts.of_boxes(images, first, second, side)
    found = evidence.gather(*map(evidence.prepare, pair.images))
    return [_Trial(pair, place, found)]


def _judged(calibrated, tried) -> list[Found]:
    found = [
        _found(calibrated, trial, f) for trial, f in tried if trial.evidence.matrix is not None
    ]
    return sorted(found, key=lambda each: each.verified)


def _found(calibrated, trial, f) -> Found:
    seen, pair = trial.evidence, trial.pair
    verified = calibration.score(calibrated, seen, f)
    if trial.place is None:
        matrix = pair.on_the_whole(seen.matrix)
        left, top, side = pair.first
        corners = np.array([left, top]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    else:
        matrix, corners = trial.place.matrix, trial.place.region
    inside = regions.moved(corners, np.linalg.inv(matrix))
    return Found(
        boxes=(_box(corners), _box(inside)),
        corners=corners,
        matrix=matrix,
        evidence=seen,
        f=f,
        verified=verified,
        passed=verified <= calibrated.verified[SCREENING].threshold,
        sure=trial.place is not None and seen.inliers >= _MIN_INLIERS_OF_PART,
    )


def _box(corners) -> tuple[float, ...]:
    return *map(float, corners.min(axis=0)), *map(float, corners.max(axis=0))
