"""What is found out about two images, and the verdict on it."""

import dataclasses
from typing import Self

import numpy as np

from imgforensics.comparison.parts import Pair
from imgforensics.comparison.regions import moved
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.verification import verdict
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence, inverse
from imgforensics.verification.verdict import Verdict


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """A square of either image, and what is found out by comparing the two.

    Attributes:
        pair: the squares.
        f: of them.
        evidence: of laying the second on the first, in pixels of the pair's images.
        verified: the score.
    """

    pair: Pair = dataclasses.field(repr=False)
    f: float
    evidence: Evidence = dataclasses.field(repr=False)
    verified: float

    @property
    def matrix(self) -> np.ndarray | None:
        """Takes pixels of the whole second image to those of the first, if anything does."""
        if self.evidence.matrix is None:
            return None
        return self.pair.on_the_whole(self.evidence.matrix)

    def swapped(self) -> "Part":
        """The same, with first and second image in each other's place."""
        return Part(self.pair.swapped(), self.f, self.evidence.swapped(), self.verified)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Findings:
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
        names: of the images: their files, or A and B.
        files: SHA-256 of the two files; None of an array.
        read: what was read of the two files, in words; "" where there was nothing to choose.
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
    names: tuple[str, str] = ("A", "B")
    files: tuple[str | None, str | None] = (None, None)
    read: tuple[str, str] = ("", "")

    def swapped(self) -> Self:
        """The same, with first and second image in each other's place."""
        matrix = None if self.matrix is None else inverse(self.matrix)
        region = None if matrix is None or self.region is None else moved(self.region, matrix)
        return dataclasses.replace(
            self,
            first=self.second,
            second=self.first,
            tiles=self.tiles[::-1],
            part=self.part.swapped(),
            matrix=matrix,
            region=region,
            names=self.names[::-1],
            files=self.files[::-1],
            read=self.read[::-1],
        )

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
    def region_in_second(self) -> np.ndarray | None:
        """The corners of the region in the second image, float64 [4, 2]; None without a region."""
        if self.region is None or self.matrix is None:
            return None
        return moved(self.region, np.linalg.inv(self.matrix))

    @property
    def points(self) -> dict[str, str | None]:
        """The strictest operating point at which f, and the verified score, say "same", if any.

        Parts are chosen among many pairs, and so only the screening point counts for them.
        """
        return {
            "f": verdict.passed(self.calibration.f, self.f),
            "verified": verdict.passed(self.calibration.verified, self.verified, self.whole),
        }

    @property
    def judged(self) -> Verdict:
        """The verdict with its reasons, by the verified score and what it stands on."""
        part = self.part
        return verdict.judge(
            self.calibration, part.evidence, verified=part.verified, f=part.f, whole=self.whole
        )

    @property
    def same(self) -> bool:
        """Whether the verdict is that there is a copy, for sure or probably."""
        return self.judged.same

    @property
    def verdict(self) -> str:
        """One of `verdict.VERDICTS`: same, probably the same, can't tell or different."""
        return self.judged.name
