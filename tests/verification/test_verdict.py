"""Every way to a verdict, by evidence made up for it."""

import re

import pytest

from imgforensics.verification import verdict
from imgforensics.verification.calibration import (
    NUMBERS,
    SAME,
    SCREENING,
    Calibration,
    Point,
)  # fmt: skip
from imgforensics.verification.evidence import Evidence

POINTS = {SAME: Point(1.0, {}, 1.0), SCREENING: Point(-1.0, {}, 1.0)}
FITTED = Calibration("", 0.0, dict.fromkeys(NUMBERS, 0.0), POINTS, POINTS, {})
STRONG = Evidence(visible=40, distinctness=50.0, correlation=0.9, inliers=60)


@pytest.mark.parametrize(
    "change,score,f,whole,name,reason",
    [
        ({}, -2.0, 0.5, True, "same", None),
        ({}, -2.0, 0.5, False, "same", None),
        ({}, 0.5, 0.5, True, "probably the same", None),
        (
            {"correlation": 0.3},
            -2.0,
            0.5,
            True,
            "probably the same",
            "correlation 0.30, below 0.50",
        ),
        ({"distinctness": 8.0}, -2.0, 0.5, True, "probably the same", "distinctness 8.0, below"),
        ({"distinctness": 3.0}, -9.0, 0.1, True, "can't tell", "fits elsewhere, too: .* 3.0, of"),
        ({"visible": 2, "inliers": 5}, -2.0, 0.5, True, "can't tell", "^2 places to tell"),
        ({"visible": 0, "inliers": 5}, 3.0, 0.5, True, "can't tell", "^no places to tell"),
        # Keypoints tell faint images apart, but not for sure.
        ({"visible": 2, "distinctness": 0.0}, -2.0, 0.5, True, "probably the same", "distinctness"),
        # What neither score takes for a copy is different, however plain.
        ({"visible": 0, "inliers": 0}, 3.0, 2.0, True, "different", None),
        ({"distinctness": 0.0}, 3.0, 0.5, True, "different", None),
        ({}, 0.5, 0.5, False, "different", None),
    ],
)
def test_a_verdict_weighs_what_a_score_stands_on(change, score, f, whole, name, reason):
    found = verdict.judge(FITTED, STRONG._replace(**change), score, f, whole)
    assert found.name == name and found.name in verdict.VERDICTS
    assert found.same == (name in ("same", "probably the same"))
    if reason is None:
        assert found.reasons == ()
    else:
        assert re.search(reason, found.reasons[0])
