"""How many rows of a search are expected to be false."""

from imgforensics.library.store import Store
from imgforensics.verification.calibration import SAME, Calibration

_KINDS = ("random", "nearest", "same_class")  # of different images, as meet in a search


def false_rows(store: Store, calibrated: Calibration) -> float:
    """Expected false rows among those that are verified or possible.

    Of the pairs that were looked at closely, as many as the operating point lets through of
    different images, of the kind of which it does so more often. The pairs of a search are chosen
    as the most alike of many, but have to pass more than that point.

    Args:
        store: a case whose candidates were looked at.
        calibrated: by which they were judged.
    """
    (looked,) = store.catalogue.execute(
        "select count(*) from candidates join pairs using (first, second) where checked"
    ).fetchone()
    rates = calibrated.verified[SAME].false_positive_rate
    return looked * max(rates.get(kind, 0.0) for kind in _KINDS)
