"""Looks for all that two images have in common."""

import itertools
from collections.abc import Callable
from concurrent import futures
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import alignments, candidates, parts, regions, tiles
from imgforensics.comparison.candidates import Candidate
from imgforensics.comparison.findings import Part, Region
from imgforensics.comparison.parts import Box, Cleaned, Images, Pair, Place
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.verification import registration, verdict
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.keypoints import detect

_MAX_DOUBTFUL = 3.0  # a verified score, below which it is worth while to look around once more
_MIN_OF_WHOLE = 0.64  # intersection over union, from which on squares are about the same


class Found(NamedTuple):
    """What a search finds; see `Findings` for what these are."""

    f: float
    closest: float
    tiles: tuple[int, int]
    part: Part
    whole: bool
    regions: tuple[Region, ...]
    calibration: Calibration
    model: Model


def search(images: Images, load: Callable[[], tuple[Model, Calibration]]) -> Found:
    """Compares whole images, what keypoints find in common, and the closest tiles elsewhere.

    Args:
        images: uint8 [height, width] each, of any sizes.
        load: gives the model and its calibration; keypoints are looked for meanwhile.
    """
    # OpenCV lays images on each other while JAX reads, traces and runs the network.
    with futures.ThreadPoolExecutor(1) as aside:
        cleaned = aside.submit(lambda: (regions.clean(images[0]), regions.clean(images[1])))
        aligned = aside.submit(lambda: _places(images, cleaned.result()))
        model, calibrated = load()
        side = model.config.manipulations.output_size
        one, other = (tiles.cut(image, side) for image in images)
        pair = parts.of_boxes(images, one.boxes[0], other.boxes[0], side)
        gathered = aside.submit(candidates.gather, pair)
        places, clean = aligned.result(), cleaned.result()
        of_whole = next((place for place in places if _is_of_whole(pair, place)), None)
        places = [place for place in places if place is not of_whole]
        laid = [parts.of_place(images, place, side) for place in places]
        squares = itertools.chain(one.images, other.images, *(each.images for each in laid))
        embeddings = embed(model, squares, batch_size=candidates.BATCH)
    rows, columns, extra = np.split(embeddings, np.cumsum([len(one.boxes), len(other.boxes)]))
    f = np.asarray(metric.distance(model.metric, rows[:, None], columns[None]))

    def candidate(part, place=None, whole=False):
        judged = part.judged(calibrated, whole)
        if place is None and judged.same:
            place = _place(clean, part)
        return Candidate(part, judged, place, whole)

    whole = candidates.judge(calibrated, pair, f[0, 0], gathered.result())
    looked = candidates.look(calibrated, laid, candidates.of_each_two(model, extra))
    tried = [candidate(whole, of_whole, whole=True), *map(candidate, looked, places)]

    close = tiles.closest(f, one.boxes, other.boxes, _outlines(tried))
    pairs = [parts.of_boxes(images, one.boxes[i], other.boxes[j], side) for i, j in close]
    tried += map(candidate, candidates.look(calibrated, pairs, [f[at] for at in close]))
    if not any(_is_sure(each) for each in tried):
        doubtful = min(tried, key=_score).part
        place = _place_of_doubtful(clean, doubtful)
        if place is not None:
            pairs = [parts.of_place(images, place, side)]
            looked = candidates.look(calibrated, pairs, candidates.distances(model, pairs))
            tried.append(candidate(looked[0], place))

    agreeing = [each for each in tried if each.agrees]
    found = sorted((each for each in agreeing if each.found), key=lambda each: each.rank)
    best = found[0] if found else min(agreeing, key=_score)
    return Found(
        f=float(f[0, 0]), closest=float(f.min()), tiles=f.shape, part=best.part, whole=best.whole,
        regions=candidates.distinct(found), calibration=calibrated, model=model,
    )  # fmt: skip


def _places(images: Images, clean: Cleaned) -> list[Place]:
    first, second = (detect(image, each.shown) for image, each in zip(images, clean))
    return alignments.find(clean, first, second, registration.estimate_homography)


def _is_of_whole(pair: Pair, place: Place) -> bool:
    """Whether a place lays the largest central square of one image on that of the other."""
    first, second = (_corners(box) for box in (pair.first, pair.second))
    return regions.overlap(first, regions.moved(second, place.matrix)) > _MIN_OF_WHOLE


def _corners(box: Box) -> np.ndarray:
    left, top, side = box
    return np.array([left, top]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def _place(clean: Cleaned, part: Part) -> Place | None:
    """Where what is the same in a part lies."""
    if part.matrix is None:
        return None
    inverted = part.evidence.inverted
    matrix = parts.refine(clean, _corners(part.pair.first), [part.matrix], inverted)
    return parts.locate(clean, matrix, inverted)


def _place_of_doubtful(clean: Cleaned, part: Part) -> Place | None:
    """What is common by the alignment of a part that may be the same, if anything is."""
    if part.matrix is None or part.verified >= _MAX_DOUBTFUL:
        return None
    return parts.locate(clean, part.matrix, part.evidence.inverted)


def _outlines(tried: list[Candidate]) -> list[regions.Outline]:
    """What is known for sure."""
    places = [each.place for each in tried if _is_sure(each)]
    return [(place.region, place.in_second) for place in places if place is not None]


def _is_sure(candidate: Candidate) -> bool:
    return candidate.found and candidate.judged.name == verdict.SAME


def _score(candidate: Candidate) -> float:
    return candidate.part.verified
