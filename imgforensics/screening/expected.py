"""How many rows of a search are expected to be false."""

from imgforensics.library.store import Store
from imgforensics.screening.looks import PASSED
from imgforensics.verification.calibration import SCREENING, Calibration

# Of pairs of different images that are the nearest to each other by f, which pass the gate.
_GATE_RATE = 3e-5
_KINDS = ("random", "same_class")  # of different images, as those are that meet in a search


def false_rows(store: Store, calibrated: Calibration) -> float:
    """Expected false rows among those that are verified, or possible.

    Different pictures are listed if they pass the gate, whatever a close look then says, or if they
    were looked at without that and pass the strict operating point: so it is rather too many.

    Args:
        store: a case whose candidates were looked at.
        calibrated: by which they were judged.
    """
    voted, looked = store.catalogue.execute(
        "select count(*), coalesce(sum(checked and gate != ?), 0) from candidates"
        " join pairs using (first, second)",
        (PASSED,),
    ).fetchone()
    rates = calibrated.verified[SCREENING].false_positive_rate
    return voted * _GATE_RATE + looked * max(rates.get(kind, 0.0) for kind in _KINDS)
