"""Whether a likelihood of 0.8 is right in 80 % of the cases."""

import numpy as np
import scipy.special

BINS = 10  # of equal width in likelihood
# The f that part the bins, ascending: likelihoods 0.9, 0.8, ..., 0.1.
EDGES = (1 - np.log(np.arange(9, 0, -1) / np.arange(1, 10))).astype(np.float32)


def sums(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What of a list of scores enters the reliability.

    Args:
        f: float [n], finite.

    Returns:
        How many there are in each bin, from high to low likelihood, int [10], and the sum of their
        likelihoods sigma(1 - f), float64 [10].
    """
    place = np.searchsorted(EDGES, f, side="left")
    likelihood = scipy.special.expit(1 - np.asarray(f, np.float64))
    return (
        np.bincount(place, minlength=BINS),
        np.bincount(place, weights=likelihood, minlength=BINS),
    )


def report(copies: tuple[np.ndarray, np.ndarray], others: tuple[np.ndarray, np.ndarray]) -> dict:
    """Reliability and expected calibration error, where copies and others are equally frequent.

    Every pair of copies weighs 1 / (2 P) and every other pair 1 / (2 N). The expected calibration
    error is the sum over bins of the weight of the bin's pairs times the difference between their
    mean likelihood and the share that copies have of that weight.

    Args:
        copies, others: as from `sums`, of at least one pair each.

    Returns:
        Plain values: `expected_calibration_error`, and of each bin that holds pairs, from low to
        high likelihood: its lower end, how many copies and others, mean likelihood and share.
    """
    weights = [number / (2 * number.sum()) for number, _ in (copies, others)]
    total = weights[0] + weights[1]
    likelihood = sum(likelihoods / (2 * number.sum()) for number, likelihoods in (copies, others))
    filled = np.flatnonzero(total)[::-1]
    mean, share = likelihood[filled] / total[filled], weights[0][filled] / total[filled]
    return {
        "expected_calibration_error": float(total[filled] @ np.abs(mean - share)),
        "bins": {
            "from": [float((BINS - 1 - place) / BINS) for place in filled],
            "copies": copies[0][filled].tolist(),
            "others": others[0][filled].tolist(),
            "likelihood": mean.tolist(),
            "share": share.tolist(),
        },
    }
