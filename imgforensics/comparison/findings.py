"""What is found out about two images, and the verdict on it."""

import dataclasses
from typing import Self

import numpy as np

from imgforensics.comparison import regions
from imgforensics.comparison.parts import Pair
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.verification.calibration import SAME, SCREENING, Calibration
from imgforensics.verification.evidence import Evidence, inverse

# By the strictest operating point that a score passes.
VERDICTS = {SCREENING: "same", SAME: "possibly the same", None: "different"}


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


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """What two images have in common at one place.

    Attributes:
        part: the squares around it, and what is found out by comparing them.
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first.
        corners: float64 [4, 2], in the first image, of a rectangle around what agrees, which is
            upright in one of the images; None where it nowhere agrees by itself.
    """

    part: Part
    matrix: np.ndarray = dataclasses.field(repr=False)
    corners: np.ndarray | None

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
        return Region(self.part.swapped(), inverse(self.matrix), self.corners_in_second)


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
            "f": _strictest(self.calibration.f, self.f, (SCREENING, SAME)),
            "verified": passed(self.calibration, self.part, self.whole),
        }

    @property
    def same(self) -> bool:
        """The verdict, by the verified score."""
        return self.points["verified"] is not None

    @property
    def verdict(self) -> str:
        """'same' (also at the screening point), 'possibly the same' or 'different'."""
        return VERDICTS[self.points["verified"]]


def passed(calibration: Calibration, part: Part, whole: bool) -> str | None:
    """The strictest operating point at which a part's verified score says "same", if any.

    Parts are chosen among many pairs, and so only the screening point counts for them.
    """
    names = (SCREENING, SAME) if whole else (SCREENING,)
    return _strictest(calibration.verified, part.verified, names)


def _strictest(points, score, names) -> str | None:
    return next((name for name in names if score <= points[name].threshold), None)
