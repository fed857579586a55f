"""95 % confidence intervals."""

import numpy as np

_Z = 1.959964  # of the normal distribution: 95 % lie within +- this
_LEVELS = (2.5, 97.5)  # percentiles
_GROUPS = 512  # at most, that are drawn
_REPLICATES = 1000


def wilson(correct: float, total: int) -> tuple[float, float]:
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


def groups(units: np.ndarray) -> np.ndarray:
    """Which images a bootstrap over source images draws together.

    Args:
        units: [N], the source image of each image.

    Returns:
        int [N], from 0: the number of the source image; where there are more than 512, that of a
        group of whole source images, of about as many images as the others.
    """
    names, number, sizes = np.unique(units, return_inverse=True, return_counts=True)
    if len(names) <= _GROUPS:
        return number
    # Chance decides which are together; the largest are dealt out first, there and back again.
    order = np.random.RandomState(0).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    turn, place = np.divmod(np.arange(len(names)), _GROUPS)
    group = np.empty(len(names), int)
    group[order] = np.where(turn % 2, _GROUPS - 1 - place, place)
    return group[number]


def multiplicities(groups: int) -> np.ndarray:
    """How often each group is in each bootstrap replicate.

    Args:
        groups: how many there are.

    Returns:
        int [1000, groups]; each row adds up to `groups`. The draws are the same every time.
    """
    rng = np.random.RandomState(0)
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=_REPLICATES)


def of_replicates(replicates: np.ndarray, share: float, decisions: int) -> tuple[float, float]:
    """Percentile interval of a share, such as a rate, an accuracy or the area under a curve.

    Where all replicates are the same, because there was no error at all or nothing else, they say
    nothing about what has not been seen; then it is Wilson's interval, which takes the decisions as
    independent of one another.

    Args:
        replicates: float [R], the share in each; NaN in those that don't have one.
        share: in [0, 1], that of the sample itself.
        decisions: of which it is the share.

    Returns:
        The ends of the interval.
    """
    there = np.asarray(replicates, np.float64)
    there = there[~np.isnan(there)]
    if not len(there) or there.min() == there.max():
        return wilson(share * decisions, decisions)
    low, high = np.percentile(there, _LEVELS)
    return float(low), float(high)


def of_mean(values: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Bootstrap interval over source images of a mean of shares.

    Args:
        values: float [N], each in [0, 1].
        units: [N], the source image that each belongs to.

    Returns:
        The ends of the interval, as of `of_replicates`.
    """
    group = groups(units)
    drawn = multiplicities(group.max() + 1)
    sums = drawn @ np.bincount(group, weights=values)
    return of_replicates(sums / (drawn @ np.bincount(group)), float(np.mean(values)), len(values))
