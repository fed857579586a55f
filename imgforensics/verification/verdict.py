"""The verdict on a pair, in one of four names, with its reasons.

A score alone can be sure of itself over little: a few bands, or a row of things that are all alike.
So the verdict weighs what the score stands on. *Same* takes the strict operating point, a fit that
is much better than any other of the two images, and a correlation that says so by itself. Where
the score says copy but the images have too little to tell them by, or fit as well in other ways,
nobody can tell.
"""

from typing import NamedTuple

from imgforensics.verification.calibration import SAME as LAX
from imgforensics.verification.calibration import SCREENING as STRICT
from imgforensics.verification.calibration import Calibration, Point
from imgforensics.verification.evidence import Evidence

SAME, PROBABLY_SAME = "same", "probably the same"
CANT_TELL, DIFFERENT = "can't tell", "different"
VERDICTS = (SAME, PROBABLY_SAME, CANT_TELL, DIFFERENT)

MIN_PLACES = 6  # to tell an image by, unless so many keypoints agree:
SURE_INLIERS = 20
# Of distinctness: no more than 8.2 in 272 pairs of unlike blots, real and drawn, and of coins.
MIN_DISTINCTNESS, STRONG_DISTINCTNESS = 6.0, 10.0
STRONG_CORRELATION = 0.5  # of all that lies on each other


class Verdict(NamedTuple):
    """A verdict.

    Attributes:
        name: of `VERDICTS`.
        reasons: in words and numbers, the decisive one first.
    """

    name: str
    reasons: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether it says that there is a copy."""
        return self.name in (SAME, PROBABLY_SAME)


def judge(
    calibrated: Calibration, found: Evidence, verified: float, f: float, whole: bool = True
) -> Verdict:
    """Weighs a pair's score by what it stands on.

    Args:
        calibrated: for the model by which the scores were made.
        found: the evidence of the pair.
        verified, f: its scores.
        whole: whether the pair are two whole images. Parts are chosen among many pairs, and so only
            the strict operating point counts for them.
    """
    point = passed(calibrated.verified, verified, whole)
    if point is None and f > calibrated.f[LAX].threshold:
        return Verdict(DIFFERENT, ())
    plain = found.visible < MIN_PLACES
    if plain and found.inliers < SURE_INLIERS:
        reason = f"{found.visible or 'no'} places to tell an image by, of {MIN_PLACES} needed"
        return Verdict(CANT_TELL, (reason,))
    if point is None:
        return Verdict(DIFFERENT, ())
    if not plain and found.distinctness < MIN_DISTINCTNESS:
        reason = (
            f"what is alike fits elsewhere, too: distinctness {found.distinctness:.1f}, "
            f"of {MIN_DISTINCTNESS:.1f} needed"
        )
        return Verdict(CANT_TELL, (reason,))
    weak = tuple(
        f"{name} {value:.{digits}f}, below {least:.{digits}f}"
        for name, value, least, digits in (
            ("distinctness", found.distinctness, STRONG_DISTINCTNESS, 1),
            ("correlation", found.correlation, STRONG_CORRELATION, 2),
        )
        if value < least
    )
    return Verdict(SAME if point == STRICT and not weak else PROBABLY_SAME, weak)


def passed(points: dict[str, Point], score: float, whole: bool = True) -> str | None:
    """The strictest operating point that a score passes, of those that count; None of none."""
    names = (STRICT, LAX) if whole else (STRICT,)
    return next((name for name in names if score <= points[name].threshold), None)
