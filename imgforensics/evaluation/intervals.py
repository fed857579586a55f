"""95 % confidence intervals of accuracies."""

import numpy as np

_Z = 1.959964  # of the normal distribution: 95 % lie within +- this
_LEVELS = (2.5, 97.5)  # percentiles


def wilson(correct: int, total: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion of independent decisions.

    Unlike the textbook interval it stays within [0, 1], and is not empty at 0 or at `total`.

    Args:
        correct: how many decisions were right.
        total: how many there were, at least 1.

    Returns:
        The ends of the interval, in [0, 1].
    """
    share, spread = correct / total, _Z**2 / total
    centre = (share + spread / 2) / (1 + spread)
    half = np.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def bootstrap(clusters: np.ndarray, draws: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap of the mean over clusters.

    Whole clusters are drawn with replacement, since decisions about the same images are not
    independent of one another.

    Args:
        clusters: float [n], the mean of each cluster.
        draws: how many resamples.
        seed: of the draws, so that the interval is the same every time.

    Returns:
        The ends of the interval.
    """
    clusters = np.asarray(clusters, np.float64)
    rng = np.random.RandomState(seed)
    means = [clusters[rng.randint(len(clusters), size=len(clusters))].mean() for _ in range(draws)]
    low, high = np.percentile(means, _LEVELS)
    return float(low), float(high)
