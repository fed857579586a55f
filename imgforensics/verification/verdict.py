"""The verdict on a pair, in one of four names, with its reasons.

A score alone can be sure of itself over little: a few bands, or a row of things that are all alike.
So the verdict weighs what the score stands on. *Same* takes the strict operating point, places
enough that fit here better than anywhere else, and a correlation that says so by itself. Where the
score says copy but the images have too little to tell by, or fit as well in other ways, nobody can
tell.
"""

from typing import NamedTuple

from imgforensics.verification.calibration import SAME as LAX
from imgforensics.verification.calibration import SCREENING as STRICT
from imgforensics.verification.calibration import Calibration, Point
from imgforensics.verification.evidence import Evidence

SAME, PROBABLY_SAME = "same", "probably the same"
CANT_TELL, DIFFERENT = "can't tell", "different"
VERDICTS = (SAME, PROBABLY_SAME, CANT_TELL, DIFFERENT)

MIN_PLACES = 6  # with something to see in them, by which anything can be told
MIN_MARGIN = 0.2  # of Fisher's z, by which they fit here better than elsewhere
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
    places, _, margin = found.distinct
    if point is None:
        poor = found.visible < MIN_PLACES and f <= calibrated.f[LAX].threshold
        return Verdict(CANT_TELL, _few(found.visible)) if poor else Verdict(DIFFERENT, ())
    if places < MIN_PLACES:
        return Verdict(CANT_TELL, _few(places))
    if margin < MIN_MARGIN:
        reason = f"what is alike fits elsewhere, too: {margin:.2f} better here, of {MIN_MARGIN:.2f}"
        return Verdict(CANT_TELL, (reason,))
    if found.correlation < STRONG_CORRELATION:
        reason = f"correlation {found.correlation:.2f}, below {STRONG_CORRELATION:.2f}"
        return Verdict(PROBABLY_SAME, (reason,))
    return Verdict(SAME if point == STRICT else PROBABLY_SAME, ())


def passed(points: dict[str, Point], score: float, whole: bool = True) -> str | None:
    """The strictest operating point that a score passes, of those that count; None of none."""
    names = (STRICT, LAX) if whole else (STRICT,)
    return next((name for name in names if score <= points[name].threshold), None)


def _few(places: int) -> tuple[str, ...]:
    return (f"{places or 'no'} places with something to see, of {MIN_PLACES} needed",)
