"""What is found out about two images, and the verdict on it."""

import dataclasses
from typing import Self

import numpy as np

from imgforensics.comparison import regions
from imgforensics.comparison.parts import Pair
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

    def judged(self, calibrated: Calibration, whole: bool) -> Verdict:
        """The verdict on it; see `verdict.judge`."""
        return verdict.judge(
            calibrated, self.evidence, verified=self.verified, f=self.f, whole=whole
        )

    def swapped(self) -> "Part":
        """The same, with first and second image in each other's place."""
        return Part(self.pair.swapped(), self.f, self.evidence.swapped(), self.verified)


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """What two images have in common at one place.

    Attributes:
        part: the squares around it, and what is found out by comparing them.
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first.
        corners: float64 [4, 2], in the first image, of a rectangle around what agrees, which is
            upright in one of the images; None where it nowhere agrees by itself.
        judged: the verdict on the part.
    """

    part: Part
    matrix: np.ndarray = dataclasses.field(repr=False)
    corners: np.ndarray | None
    judged: Verdict

    @property
    def verified(self) -> float:
        """The part's verified score."""
        return self.part.verified

    @property
    def corners_in_second(self) -> np.ndarray | None:
        """The corners in the second image, float64 [4, 2]; None where there are none."""
        return None if self.corners is None else regions.moved(self.corners, inverse(self.matrix))

    def swapped(self) -> "Region":
        """The same, with first and second image in each other's place."""
        back = inverse(self.matrix)
        return Region(self.part.swapped(), back, self.corners_in_second, self.judged)


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
        regions: what they have in common, the best first; none where they are different.
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
    regions: tuple[Region, ...]
    calibration: Calibration
    model: Model
    names: tuple[str, str] = ("A", "B")
    files: tuple[str | None, str | None] = (None, None)
    read: tuple[str, str] = ("", "")

    def swapped(self) -> Self:
        """The same, with first and second image in each other's place."""
        return dataclasses.replace(
            self,
            first=self.second,
            second=self.first,
            tiles=self.tiles[::-1],
            part=self.part.swapped(),
            regions=tuple(region.swapped() for region in self.regions),
            names=self.names[::-1],
            files=self.files[::-1],
            read=self.read[::-1],
        )

    @property
    def verified(self) -> float:
        """The part's verified score."""
        return self.part.verified

    @property
    def matrix(self) -> np.ndarray | None:
        """That of the best region, if there is one."""
        return self.regions[0].matrix if self.regions else None

    @property
    def region(self) -> np.ndarray | None:
        """The corners of the best region in the first image, if it has some."""
        return self.regions[0].corners if self.regions else None

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
        """The strictest operating point at which f, and the verified score, say "same", if any."""
        return {
            "f": verdict.passed(self.calibration.f, self.f),
            "verified": verdict.passed(self.calibration.verified, self.verified, self.whole),
        }

    @property
    def judged(self) -> Verdict:
        """The verdict with its reasons, by the verified score and what it stands on."""
        return self.part.judged(self.calibration, self.whole)

    @property
    def same(self) -> bool:
        """Whether the verdict is that there is a copy, for sure or probably."""
        return self.judged.same

    @property
    def verdict(self) -> str:
        """One of `verdict.VERDICTS`: same, probably the same, can't tell or different."""
        return self.judged.name
