"""Looks for what one image shows at two places: copy and move."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from imgforensics.comparison import alignments, candidates, parts, regions
from imgforensics.comparison.candidates import Candidate
from imgforensics.comparison.findings import Part, Region
from imgforensics.comparison.parts import Pair, Place
from imgforensics.inference.weights import Model
from imgforensics.verification import content, evidence, registration
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence
from imgforensics.verification.keypoints import Keypoints, detect

_MIN_INLIERS, _MAX_FAILURES = 4, 6  # see `alignments.find`: small regions have few keypoints
_SIDE = 640  # pixels of the longer side, to which smaller images are enlarged
# The same of a short search, which takes half of the time.
_MIN_INLIERS_IN_SHORT, _MAX_FAILURES_IN_SHORT, _SIDE_IN_SHORT = 8, 1, 512
_APART = 0.08  # of the shorter side: what lies nearer is a region's own surroundings


class Found(NamedTuple):
    """What a search finds; see `Repeats` for what these are."""

    regions: tuple[Region, ...]
    candidate: Part | None
    calibration: Calibration


def search(
    image: np.ndarray, load: Callable[[], tuple[Model, Calibration]], thorough: bool = True
) -> Found:
    """Looks for regions of an image that lie elsewhere in it, too, as they are or manipulated.

    They are found by their keypoints, each matched with those that aren't near it, and have to pass
    as parts of two images do. A region that overlaps its copy is a texture.

    Args:
        image: uint8 [height, width], of any size.
        load: gives the model and its calibration.
        thorough: whether small images are enlarged more and regions of few keypoints tried, which
            takes a second.
    """
    clean = regions.clean(image)
    keypoints = _closely(image, clean.shown, _SIDE if thorough else _SIDE_IN_SHORT)
    register = functools.partial(registration.estimate_homography, apart=_APART * min(image.shape))
    places = alignments.find(
        (clean, clean), keypoints, keypoints, register,
        _MIN_INLIERS if thorough else _MIN_INLIERS_IN_SHORT,
        _MAX_FAILURES if thorough else _MAX_FAILURES_IN_SHORT,
    )  # fmt: skip
    model, calibrated = load()
    side = model.config.manipulations.output_size
    pairs = [parts.of_place((image, image), place, side) for place in places]
    tried = []
    for pair, place, f in zip(pairs, places, candidates.distances(model, pairs)):
        part = candidates.judge(calibrated, pair, f, _gather(pair, place))
        tried.append(Candidate(part, part.judged(calibrated, whole=False), place))
    agreeing = sorted((each for each in tried if each.agrees), key=lambda each: each.rank)
    return Found(
        regions=candidates.distinct([each for each in agreeing if each.found]),
        candidate=agreeing[0].part if agreeing else None,
        calibration=calibrated,
    )


def _gather(pair: Pair, place: Place) -> Evidence:
    """The evidence of a region; what lies around it may be the same part of the image."""
    inside = regions.filled(
        regions.moved(place.region, np.linalg.inv(pair.outward)), pair.images[0].shape
    )
    return evidence.gather(
        *(evidence.prepare(image, inside & ~content.drawn(image)) for image in pair.images)
    )


def _closely(image: np.ndarray, shown: np.ndarray, side: int) -> Keypoints:
    """The keypoints of an image, which is enlarged if it is small: its parts are smaller still."""
    factor = max(1.0, side / max(image.shape))
    size = tuple(round(factor * length) for length in image.shape[::-1])
    enlarged = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    there = cv2.resize(shown.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    points, sizes, angles, descriptors, grain = detect(enlarged, there)
    points = ((points + 0.5) / factor - 0.5).astype(np.float32)
    return Keypoints(points, sizes / np.float32(factor), angles, descriptors, grain / factor)
