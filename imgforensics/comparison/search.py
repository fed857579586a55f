"""Looks for all that two images have in common."""

import itertools
from collections.abc import Callable, Sequence
from concurrent import futures
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import alignments, parts, regions, tiles
from imgforensics.comparison.findings import Part, Region
from imgforensics.comparison.parts import Images, Pair, Place
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils import compilation
from imgforensics.verification import calibration, evidence, registration, verdict
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.keypoints import detect
from imgforensics.verification.verdict import Verdict

_BATCH = 16  # images in one call of the network: of the few that there are, few are padding
_MIN_INLIERS_OF_PART = 8  # of a part: of different images not so many agree
_MAX_DOUBTFUL = 3.0  # a verified score, below which it is worth while to look around once more
_MIN_OF_WHOLE = 0.64  # intersection over union, from which on squares are about the same
_MAX_OVERLAP = 0.3  # likewise, beyond which two regions are the same


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


class _Candidate(NamedTuple):
    """Two squares that were compared, and where they lie on each other, if that is known."""

    part: Part
    judged: Verdict
    place: Place | None
    whole: bool = False


def search(images: Images, load: Callable[[], tuple[Model, Calibration]]) -> Found:
    """Compares whole images, what keypoints find in common, and the closest tiles elsewhere.

    Args:
        images: uint8 [height, width] each, of any sizes.
        load: gives the model and its calibration; keypoints are looked for meanwhile.
    """
    # OpenCV lays images on each other while JAX reads, traces and runs the network.
    with futures.ThreadPoolExecutor(1) as aside:
        cleaned = aside.submit(lambda: tuple(map(regions.clean, images)))
        aligned = aside.submit(lambda: _places(images, cleaned.result()))
        model, calibrated = load()
        side = model.config.manipulations.output_size
        one, other = (tiles.cut(image, side) for image in images)
        pair = parts.of_boxes(images, one.boxes[0], other.boxes[0], side)
        gathered = aside.submit(_gather, pair)
        places, clean = aligned.result(), cleaned.result()
        of_whole = next((place for place in places if _is_of_whole(pair, place)), None)
        places = [place for place in places if place is not of_whole]
        laid = [parts.of_place(images, place, side) for place in places]
        embeddings = embed(
            model,
            itertools.chain(one.images, other.images, *(each.images for each in laid)),
            batch_size=_BATCH,
        )
    rows, columns, extra = np.split(embeddings, np.cumsum([len(one.boxes), len(other.boxes)]))
    f = np.asarray(metric.distance(model.metric, rows[:, None], columns[None]))

    def candidate(part, place=None, whole=False):
        judged = part.judged(calibrated, whole)
        if place is None and judged.same and part.matrix is not None:
            place = _place(clean, part)
        return _Candidate(part, judged, place, whole)

    parts_of = _look_at_all(calibrated, laid, _distances(model, extra))
    tried = [
        candidate(_judge(calibrated, pair, f[0, 0], gathered.result()), of_whole, whole=True),
        *map(candidate, parts_of, places),
    ]
    known = [each.place for each in tried if _is_sure(each)]
    outlines = [(place.region, place.in_second) for place in known if place is not None]
    close = tiles.closest(f, one.boxes, other.boxes, outlines)
    pairs = [parts.of_boxes(images, one.boxes[i], other.boxes[j], side) for i, j in close]
    tried += map(candidate, _look_at_all(calibrated, pairs, [f[at] for at in close]))
    if not any(_is_found(each) for each in tried):
        again = _look_again(model, calibrated, images, clean, min(tried, key=_score).part)
        tried += [candidate(*each) for each in again]

    # Parts are chosen among many by their f, which so says less; their keypoints have to agree.
    agreeing = [each for each in tried if _agrees(each)]
    found = sorted(filter(_is_found, agreeing), key=_rank)
    best = found[0] if found else min(agreeing, key=_score)
    return Found(
        f=float(f[0, 0]), closest=float(f.min()), tiles=f.shape, part=best.part, whole=best.whole,
        regions=_distinct(found), calibration=calibrated, model=model,
    )  # fmt: skip


def _places(images, clean) -> list[Place]:
    keypoints = (detect(image, each.shown) for image, each in zip(images, clean))
    return alignments.find(clean, *keypoints, registration.estimate_homography)


def _is_of_whole(pair: Pair, place: Place) -> bool:
    """Whether a place lays the largest central square of one image on that of the other."""
    first, second = (_corners(box) for box in (pair.first, pair.second))
    return regions.overlap(first, regions.moved(second, place.matrix)) > _MIN_OF_WHOLE


def _corners(box) -> np.ndarray:
    left, top, side = box
    return np.array([left, top]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def _look_at_all(calibrated, pairs, f) -> list[Part]:
    """Lays squares on each other, side by side: OpenCV and FFTs leave Python free."""
    with futures.ThreadPoolExecutor(compilation.cores()) as pool:
        found = pool.map(_gather, pairs)
    return [_judge(calibrated, *each) for each in zip(pairs, f, found)]


def _gather(pair) -> evidence.Evidence:
    return evidence.gather(*map(evidence.prepare, pair.images))


def _judge(calibrated, pair, f, found) -> Part:
    return Part(pair, float(f), found, calibration.score(calibrated, found, float(f)))


def _distances(model, embeddings) -> Sequence[float]:
    """f of each two that follow each other."""
    return np.asarray(metric.distance(model.metric, embeddings[::2], embeddings[1::2])).tolist()


def _look_again(model, calibrated, images, clean, part) -> list[tuple[Part, Place]]:
    """Looks at what is common by the alignment of a doubtful part, if anything is."""
    if part.matrix is None or part.verified >= _MAX_DOUBTFUL:
        return []
    place = parts.locate(clean, part.matrix, part.evidence.inverted)
    if place is None:
        return []
    pair = parts.of_place(images, place, model.config.manipulations.output_size)
    embeddings = embed(model, pair.images, batch_size=_BATCH)
    return [(*_look_at_all(calibrated, [pair], _distances(model, embeddings)), place)]


def _place(clean, part) -> Place | None:
    inverted = part.evidence.inverted
    matrix = parts.refine(clean, _corners(part.pair.first), [part.matrix], inverted)
    return parts.locate(clean, matrix, inverted)


def _agrees(candidate) -> bool:
    return candidate.whole or candidate.part.evidence.inliers >= _MIN_INLIERS_OF_PART


def _is_found(candidate) -> bool:
    return candidate.judged.same and _agrees(candidate)


def _is_sure(candidate) -> bool:
    return candidate.judged.name == verdict.SAME and _agrees(candidate)


def _score(candidate) -> float:
    return candidate.part.verified


def _rank(candidate) -> tuple[int, float]:
    return verdict.VERDICTS.index(candidate.judged.name), candidate.part.verified


def _distinct(candidates) -> tuple[Region, ...]:
    """The regions of candidates, which come in their order; the first of those about the same."""
    found: list[Region] = []
    for part, judged, place, _ in candidates:
        if place is not None:
            region = Region(part, place.matrix, place.region, judged)
            if not any(_same(region, other) for other in found):
                found.append(region)
    if not found:  # what nowhere agrees by itself, but as a whole
        found = [
            Region(part, part.matrix, None, judged)
            for part, judged, *_ in candidates[:1]
            if part.matrix is not None
        ]
    return tuple(found)


def _same(one: Region, other: Region) -> bool:
    return (
        regions.overlap(one.corners, other.corners) > _MAX_OVERLAP
        and regions.overlap(one.corners_in_second, other.corners_in_second) > _MAX_OVERLAP
    )
