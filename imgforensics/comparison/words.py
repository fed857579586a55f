"""A comparison in words, for someone who looks for re-used images."""

from imgforensics.comparison import movement, regions
from imgforensics.comparison.findings import Findings, Outcome, Region
from imgforensics.verification import verdict
from imgforensics.verification.calibration import SAME, SCREENING

MIN_WHOLE = 0.6  # of an image, from which on a region is about all of it
# Kinds of different images of which it is told how often they are called the same.
_KINDS = {
    "random": "different images", "nearest": "the most alike of them",
    "proposed": "an image and the most alike crops of many others",
    "same_layout": "blots of one layout", "same_source": "fields of one image",
}  # fmt: skip
# What a score says by itself, by the strictest operating point that it passes.
_BY_ITSELF = {
    SCREENING: verdict.SAME, SAME: verdict.PROBABLY_SAME, None: verdict.DIFFERENT
}  # fmt: skip


def describe(outcome: Outcome) -> list[str]:
    """Says, a line each, what was found, how sure, both scores, each region, what to look at.

    What was read of files in which there was something to choose comes last.
    """
    found = _of_two(outcome) if isinstance(outcome, Findings) else _of_one(outcome)
    read = [f"{name}: {words}" for name, words in zip("AB", outcome.read) if words]
    return [*found, *read]


def _of_two(comparison) -> list[str]:
    return [
        f"{comparison.verdict}: {_found(comparison)}",
        f"how sure: {_sure(comparison)}",
        _f(comparison),
        _verified(comparison),
        *_regions(comparison),
        f"look at: {_to_look_at(comparison)}",
    ]


def _of_one(outcome) -> list[str]:
    number = len(outcome.regions)
    told = f"{number} parts of A lie elsewhere in it, too"
    if number < 2:
        told = f"{'a' if number else 'no'} part of A lies elsewhere in it, too"
    if outcome.verdict == verdict.CANT_TELL:
        told = "what there is to see doesn't say whether a part of A lies elsewhere in it, too"
    look = (
        "one place laid on the other, in the picture: the same details have to lie on each other"
        if number
        else "small or smooth parts, which may be missed"
    )
    return [
        f"{outcome.verdict}: {told}",
        *(f"how sure: {reason}" for reason in outcome.judged.reasons),
        *(
            f"{place}: A{_where(region.corners_in_second)} lies on A{_where(region.corners)} "
            f"{_how(region)}; verified {region.verified:.2f}"
            for place, region in enumerate(outcome.regions, start=1)
        ),
        f"look at: {look}",
    ]


def _found(comparison) -> str:
    if comparison.verdict == verdict.CANT_TELL:
        return "what there is to see doesn't say whether A and B show the same"
    if not comparison.same:
        return "no part of B was found in A"
    if len(comparison.regions) > 1:
        return f"A and B have {len(comparison.regions)} parts in common"
    shares = [1.0, 1.0]
    for region in comparison.regions:
        if region.corners is not None:
            corners = region.corners, region.corners_in_second
            images = comparison.first, comparison.second
            shares = [regions.area(each) / image.size for each, image in zip(corners, images)]
    return {
        (True, True): "A and B show the same",
        (True, False): "A is a part of B",
        (False, True): "B is a part of A",
        (False, False): "A and B have a part in common",
    }[shares[0] > MIN_WHOLE, shares[1] > MIN_WHOLE]


def _sure(comparison) -> str:
    """Why it is no surer, and how often the score is wrong, as was measured at its threshold."""
    reasons = "; ".join(comparison.judged.reasons)
    if comparison.verdict == verdict.CANT_TELL:
        return reasons
    rates = _rates(comparison)
    return f"{reasons}; {rates}" if reasons else rates


def _rates(comparison) -> str:
    calibration, passed = comparison.calibration, comparison.points["verified"]
    if passed is None:
        point = calibration.verified[SAME if comparison.whole else SCREENING]
        missed = _of(calibration.pairs["copy"], 1 - point.true_positive_rate)
        return f'{missed} manipulated copies would wrongly be called "different"'
    rates = calibration.verified[passed].false_positive_rate
    told, never = [], []
    for kind, what in _KINDS.items():
        if kind in rates:
            pairs = calibration.pairs[kind]
            wrong = round(pairs * rates[kind])
            # Evidence was gathered of a sample of each kind, so that none in it isn't none at all.
            if wrong:
                told.append(f"{wrong} of {pairs} pairs of {what}")
            else:
                never.append(f"of {what}")
    called = f'would wrongly be called "{_BY_ITSELF[passed]}"'
    parts = [f"about {', '.join(told)} {called}"] if told else []
    if never:
        parts.append(f"in samples of pairs {', '.join(never)} none {'was' if told else called}")
    if not comparison.whole:
        parts.append("the more parts are compared, the more often")
    return "; ".join(parts)


def _of(pairs: int, rate: float) -> str:
    return f"{round(pairs * rate) or 'none'} of {pairs}"


def _f(comparison) -> str:
    points, passed = comparison.calibration.f, comparison.points["f"]
    told = f"the network alone: f {comparison.f:.2f}, {_BY_ITSELF[passed]}"
    if passed is None:
        return f"{told} (above {points[SAME].threshold:.2f})"
    point = points[passed]
    rate = point.false_positive_rate["random"]
    often = f", as 1 in {round(1 / rate)} pairs of {_KINDS['random']}" if rate else ""
    return f"{told} (at most {point.threshold:.2f}{often})"


def _verified(comparison) -> str:
    passed = comparison.points["verified"]
    limit = passed or (SAME if comparison.whole else SCREENING)
    side = "at most" if passed else "above"
    return (
        f"with the alignment: verified {comparison.verified:.2f}, {_BY_ITSELF[passed]} "
        f"({side} {comparison.calibration.verified[limit].threshold:.2f})"
    )


def _regions(comparison) -> list[str]:
    """How B lies on A, and where if that is not obvious."""
    if not comparison.regions:
        return [f"no alignment: {_keypoints(comparison.part.evidence.inliers)}"]
    if len(comparison.regions) == 1:
        return [f"B lies on A {_how(comparison.regions[0])}"]
    return [
        f"{number}: B{_where(region.corners_in_second)} lies on A{_where(region.corners)} "
        f"{_how(region)}; verified {region.verified:.2f}"
        for number, region in enumerate(comparison.regions, start=1)
    ]


def _where(corners) -> str:
    """The upright rectangle around corners, in whole pixels."""
    if corners is None:
        return ""
    left, top = (round(float(number)) for number in corners.min(axis=0))
    right, bottom = (round(float(number)) for number in corners.max(axis=0))
    return f" at {left},{top} to {right},{bottom}"


def _how(region: Region) -> str:
    moved, found = movement.of(region), region.part.evidence
    degrees, percent = round(moved["degrees_clockwise"]), round(100 * moved["scale"])
    way = "clockwise" if degrees > 0 else "counter-clockwise"
    how = ["mirrored"] * moved["mirrored"] + ["as a negative"] * found.inverted
    how += [f"turned by {abs(degrees)} degrees {way}"] * (degrees != 0)
    how += [f"at {percent} % of its size"] * (percent != 100)
    return f"{', '.join(how) or 'as it is'}; {_keypoints(found.inliers)}"


def _keypoints(number: int) -> str:
    return f"{number or 'no'} keypoint{'s match' if number != 1 else ' matches'}"


def _to_look_at(comparison) -> str:
    if comparison.same:
        return (
            "B laid on A, in the picture: the same details have to lie on each other, "
            "not only frames, letters or scale bars"
        )
    seen = "" if comparison.whole else "the closest parts, in the picture; and "
    return f"{seen}small parts, which may be missed below half of an image's side"
