"""Looks for what one image shows at two places: copy and move."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import alignments, candidates, parts, regions
from imgforensics.comparison.candidates import Candidate
from imgforensics.comparison.findings import Part, Region
from imgforensics.inference.weights import Model
from imgforensics.verification import registration
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.keypoints import detect

_APART = 0.08  # of the shorter side: what lies nearer is a region's own surroundings


class Found(NamedTuple):
    """What a search finds; see `Repeats` for what these are."""

    regions: tuple[Region, ...]
    candidate: Part | None
    calibration: Calibration


def search(image: np.ndarray, load: Callable[[], tuple[Model, Calibration]]) -> Found:
    """Looks for regions of an image that lie elsewhere in it, too, as they are or manipulated.

    They are found by their keypoints, each matched with those that aren't near it, and have to pass
    as parts of two images do. A region that overlaps its copy is a texture.

    Args:
        image: uint8 [height, width], of any size.
        load: gives the model and its calibration.
    """
    clean = regions.clean(image)
    keypoints = detect(image, clean.shown)
    register = functools.partial(registration.estimate_homography, apart=_APART * min(image.shape))
    places = alignments.find((clean, clean), keypoints, keypoints, register)
    model, calibrated = load()
    side = model.config.manipulations.output_size
    pairs = [parts.of_place((image, image), place, side) for place in places]
    looked = candidates.look(calibrated, pairs, candidates.distances(model, pairs))
    tried = [
        Candidate(part, part.judged(calibrated, whole=False), place)
        for part, place in zip(looked, places)
    ]
    agreeing = sorted((each for each in tried if each.agrees), key=lambda each: each.rank)
    return Found(
        regions=candidates.distinct([each for each in agreeing if each.found]),
        candidate=agreeing[0].part if agreeing else None,
        calibration=calibrated,
    )
