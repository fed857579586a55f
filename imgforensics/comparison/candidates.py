"""Squares that were compared, and the regions that come of them."""

from collections.abc import Iterable, Sequence
from concurrent import futures
from typing import NamedTuple

import numpy as np

from imgforensics.comparison import regions
from imgforensics.comparison.findings import Part, Region
from imgforensics.comparison.parts import Pair, Place
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils import compilation
from imgforensics.verification import calibration, evidence, verdict
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence
from imgforensics.verification.verdict import Verdict

BATCH = 16  # images in one call of the network: of the few that there are, few are padding
_MIN_INLIERS_OF_PART = 8  # of a part: of different images not so many agree
_MAX_OVERLAP = 0.3  # intersection over union, beyond which two regions are the same


class Candidate(NamedTuple):
    """Two squares that were compared, and where they lie on each other, if that is known."""

    part: Part
    judged: Verdict
    place: Place | None = None
    whole: bool = False

    @property
    def agrees(self) -> bool:
        """Whether enough keypoints agree.

        Parts are chosen among many by their f, which so says less; so their keypoints have to.
        """
        return self.whole or self.part.evidence.inliers >= _MIN_INLIERS_OF_PART

    @property
    def found(self) -> bool:
        """Whether they are the same, for sure or probably."""
        return self.judged.same and self.agrees

    @property
    def rank(self) -> tuple[int, float]:
        """The less, the surer."""
        return verdict.VERDICTS.index(self.judged.name), self.part.verified


def distances(model: Model, pairs: Iterable[Pair]) -> list[float]:
    """f of pairs of squares."""
    images = (image for pair in pairs for image in pair.images)
    return of_each_two(model, embed(model, images, batch_size=BATCH))


def of_each_two(model: Model, embeddings: np.ndarray) -> list[float]:
    """f of each two embeddings that follow each other."""
    return np.asarray(metric.distance(model.metric, embeddings[::2], embeddings[1::2])).tolist()


def look(calibrated: Calibration, pairs: Sequence[Pair], f: Sequence[float]) -> list[Part]:
    """Lays squares on each other, side by side: OpenCV and FFTs leave Python free."""
    with futures.ThreadPoolExecutor(compilation.cores()) as pool:
        found = pool.map(gather, pairs)
    return [judge(calibrated, *each) for each in zip(pairs, f, found)]


def gather(pair: Pair) -> Evidence:
    """Lays one square on the other."""
    return evidence.gather(*map(evidence.prepare, pair.images))


def judge(calibrated: Calibration, pair: Pair, f: float, found: Evidence) -> Part:
    """A pair with its verified score."""
    return Part(pair, float(f), found, calibration.score(calibrated, found, float(f)))


def distinct(candidates: Sequence[Candidate]) -> tuple[Region, ...]:
    """The regions of candidates, which come in their order; the first of those about the same."""
    kept: list[Place] = []
    found: list[Region] = []
    for part, judged, place, _ in candidates:
        if place is not None and not any(_same(place, other) for other in kept):
            kept.append(place)
            found.append(Region(part, place.matrix, place.region, judged))
    if not found:  # what nowhere agrees by itself, but as a whole
        found = [
            Region(each.part, each.part.matrix, None, each.judged)
            for each in candidates[:1]
            if each.part.matrix is not None
        ]
    return tuple(found)


def _same(one: Place, other: Place) -> bool:
    return (
        regions.overlap(one.region, other.region) > _MAX_OVERLAP
        and regions.overlap(one.in_second, other.in_second) > _MAX_OVERLAP
    )
