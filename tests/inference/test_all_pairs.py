"""All pairs in tiles against all pairs in one matrix."""

import numpy as np
import pytest
from sklearn import metrics

from imgforensics.inference import all_pairs
from imgforensics.metrics import intervals, ranking, reliability
from imgforensics.models import metric
from imgforensics.utils.errors import UserError


def normal(seed, *shape):
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def forensic(features, **fields):
    return metric.Metric(0.3 + 0.3 * normal(9, features), **fields)


def matrix(forensic, first, seconds):
    """f of all first with all second images, float32 [N, M], in the order of `pairwise`."""
    each = []
    for second in seconds:
        f = np.zeros((len(first), len(second)), np.float32)
        for feature, weight in enumerate(np.asarray(forensic.alpha)):
            difference = first[:, None, feature] - second[None, :, feature]
            f += weight * (difference**2 if forensic.squared else np.abs(difference))
        each.append(f if forensic.offset is None else f + forensic.offset)
    return np.asarray(metric.joint(each))


def kinds(keys):
    """The kind of each pair, [N, N]."""
    kind = np.full((len(keys[0]),) * 2, len(keys))
    for number, key in reversed(list(enumerate(keys))):
        kind[np.equal.outer(key, key)] = number
    return kind


@pytest.fixture
def small_tiles(monkeypatch):
    """Several columns of tiles in a small set, each of another number of pairs that count."""
    monkeypatch.setattr(all_pairs, "_TILE", 150)
    monkeypatch.setattr(all_pairs, "_ROWS", (3, 5))


def crossed(count=70, features=7):
    """Two views of copies, and keys by image, source (of 1 to 9 images) and class."""
    first = normal(0, count, features)
    seconds = [first + 0.6 * normal(seed, count, features) for seed in (1, 2)]
    source = np.array([f"s{int(np.sqrt(number))}" for number in range(count)])
    return first, seconds, [np.arange(count), source, np.arange(count) % 4]


@pytest.mark.parametrize(
    "views, fields",
    [(1, {}), (2, {}), (1, {"squared": True}), (1, {"offset": np.float32(0.7)})],
    ids=["one view", "two views", "squared", "offset"],
)
def test_counts_of_every_pair_and_kind(small_tiles, views, fields):
    first, seconds, keys = crossed()
    seconds, f_of = seconds[:views], forensic(7, **fields)
    expected = matrix(f_of, first, seconds)
    edges = np.sort(np.concatenate([np.quantile(expected, [0.1, 0.5, 0.9]), [1.0]]))
    layout = all_pairs.arrange(f_of, first, seconds, keys, keys[1])
    assert len(layout.starts) > 15 and layout.first.shape[1] >= 3 * layout.tile[1]
    found = all_pairs.count(layout, edges, bootstrap=False)
    place = np.searchsorted(edges.astype(np.float32), expected, side="left")
    table = [np.bincount(place[kinds(keys) == kind], minlength=5) for kind in range(4)]
    np.testing.assert_array_equal(found.pairs, table)
    assert found.pairs.dtype == np.int64 and len(found.replicates) == 0
    assert found.pairs.sum() == 70 * 70


def test_each_two_images_of_a_set_are_one_pair(small_tiles):
    images, labels = normal(0, 61, 7), np.arange(61) // 3
    f_of = forensic(7)
    expected = matrix(f_of, images, [images])
    edges = np.quantile(expected[np.triu_indices(61, 1)], [0.2, 0.4, 0.6]).astype(np.float32)
    layout = all_pairs.arrange(f_of, images, None, [labels], labels)
    found = all_pairs.count(layout, edges, bootstrap=False)
    upper = np.triu_indices(61, 1)
    place = np.searchsorted(edges, expected, side="left")[upper]
    table = [np.bincount(place[kinds([labels])[upper] == kind], minlength=4) for kind in (0, 1)]
    np.testing.assert_array_equal(found.pairs, table)


def test_replicates_weigh_pairs_by_their_sources(small_tiles):
    """Against scikit-learn with the product of both sources' multiplicities as weights."""
    first, seconds, keys = crossed()
    source, f_of = keys[1], forensic(7)
    edges = ranking.thresholds(all_pairs.scores(f_of, first, seconds[:1]))
    layout = all_pairs.arrange(f_of, first, seconds[:1], keys, source)
    found = all_pairs.count(layout, edges, bootstrap=True)
    several = ranking.Histogram(found.edges, found.replicates[:, 0], found.replicates[:, 1:].sum(1))
    areas, (true, false) = ranking.auc(several), ranking.rates(several, 1)

    names, number = np.unique(source, return_inverse=True)
    drawn = intervals.multiplicities(len(names))
    f, copies = matrix(f_of, first, seconds[:1]), np.eye(70, dtype=bool)
    for replicate in range(0, 1000, 111):
        often = drawn[replicate][number]
        weights = np.where(np.equal.outer(number, number), often, np.outer(often, often))
        expected = metrics.roc_auc_score(copies.ravel(), -f.ravel(), sample_weight=weights.ravel())
        assert areas[replicate] == pytest.approx(expected, abs=1e-6)
        assert true[replicate] == pytest.approx(np.average(f[copies] <= 1, weights=weights[copies]))
        others = np.average(f[~copies] <= 1, weights=weights[~copies])
        assert false[replicate] == pytest.approx(others, abs=1e-6)


def test_intervals_cover_what_new_images_would_give():
    """Hubs that are near to everything make pairs dependent: over pairs it would be far narrower.

    The spread over new samples is that of the bootstrap, within the noise of forty samples.
    """

    def rate(seed, bootstrap):
        rng = np.random.RandomState(seed)
        images = rng.normal(size=(64, 4)) * rng.uniform(0.05, 2, size=(64, 1))
        layout = all_pairs.arrange(metric.Metric(np.ones(4)), images, None, [], np.arange(64))
        found = all_pairs.count(layout, [1.0], bootstrap)
        part = found.replicates if bootstrap else found.pairs
        return (part[..., 0] / part.sum(-1)).squeeze()

    rates = [rate(seed, bootstrap=False) for seed in range(40)]
    spreads = [rate(seed, bootstrap=True).std() for seed in range(8)]
    assert np.median(spreads) == pytest.approx(np.std(rates), rel=0.3)
    independent = np.sqrt(np.mean(rates) * (1 - np.mean(rates)) / (64 * 63 / 2))
    assert np.median(spreads) > 2 * independent


def test_counts_stay_exact_where_float32_would_not():
    images = np.ones((6002, 2), np.float32)  # an odd number of pairs, beyond 2**24
    layout = all_pairs.arrange(metric.Metric(np.ones(2)), images, None, [], np.zeros(6002))
    assert all_pairs.count(layout, [0.5], bootstrap=False).pairs.tolist() == [[18_009_001, 0]]


def test_scores_have_the_roundings_of_the_tiles(small_tiles):
    """Each copy reaches the threshold that is its score."""
    first, seconds, keys = crossed()
    for views in (1, 2):
        f = all_pairs.scores(forensic(7), first, seconds[:views])
        np.testing.assert_allclose(
            f, np.diag(matrix(forensic(7), first, seconds[:views])), rtol=1e-5
        )
        layout = all_pairs.arrange(forensic(7), first, seconds[:views], keys, keys[1])
        edges = np.union1d(f, ranking.thresholds(f))
        copies = all_pairs.count(layout, edges, bootstrap=False).pairs[0]
        expected = np.bincount(np.searchsorted(edges, f, side="left"), minlength=len(edges) + 1)
        np.testing.assert_array_equal(copies, expected)


def test_likelihoods_in_bins(small_tiles):
    first, seconds, keys = crossed()
    layout = all_pairs.arrange(forensic(7), first, seconds[:1], keys, keys[1])
    numbers, sums = all_pairs.likelihoods(layout)
    f = matrix(forensic(7), first, seconds[:1])
    for kind in range(4):
        number, total = reliability.sums(f[kinds(keys) == kind])
        np.testing.assert_array_equal(numbers[kind], number)
        np.testing.assert_allclose(sums[kind], total, rtol=1e-5)


@pytest.mark.parametrize("most", [0, 1, 30, 10_000])
def test_closest_pairs(small_tiles, most):
    """Whole numbers, so that f is exact and most have an equal."""
    images = np.random.RandomState(0).randint(0, 4, (50, 3)).astype(np.float32)
    f_of, units = metric.Metric(np.array([1, 2, -1])), np.arange(50)[::-1]
    layout = all_pairs.arrange(f_of, images, None, [], units)
    counts = all_pairs.count(layout, [1.0], bootstrap=False)
    f, first, second = all_pairs.closest(layout, counts.minima, most)
    upper = np.triu_indices(50, 1)
    every = matrix(f_of, images, [images])[upper]
    chosen = np.argsort(every, kind="stable")[:most]
    np.testing.assert_array_equal(f, every[chosen])
    np.testing.assert_array_equal(first, upper[0][chosen])
    np.testing.assert_array_equal(second, upper[1][chosen])


@pytest.mark.parametrize("queries, size", [(1, 1), (5, 5), (70, 1100)])
def test_ranks(queries, size):
    rng = np.random.RandomState(0)
    asked, gallery = (rng.randint(0, 5, (n, 3)).astype(np.float32) for n in (queries, size))
    mates, f_of = rng.randint(size, size=queries), metric.Metric(np.array([1, 2, -1]))
    f = matrix(f_of, asked, [gallery])
    own = f[np.arange(queries), mates]
    ranks = all_pairs.ranks(f_of, asked, [gallery], mates)
    np.testing.assert_array_equal(ranks, (f <= own[:, None]).sum(1))  # the last of its equals


def test_a_constant_f_puts_mates_last():
    same = np.ones((9, 2), np.float32)
    ranks = all_pairs.ranks(metric.Metric(np.ones(2)), same, [same, same], np.arange(9))
    assert ranks.tolist() == [9] * 9


def test_embeddings_that_are_no_numbers_are_counted():
    images, f_of = normal(0, 20, 3), metric.Metric(np.ones(3))
    images[[4, 6]] = np.nan
    message = r"^2 of 20 embeddings are not finite numbers \(the first is number 4\)"
    for refused in (
        lambda: all_pairs.arrange(f_of, images, None, [], np.arange(20)),
        lambda: all_pairs.arrange(f_of, np.ones((20, 3)), [images], [], np.arange(20)),
        lambda: all_pairs.ranks(f_of, images, [np.ones((20, 3))], np.arange(20)),
        lambda: all_pairs.ranks(f_of, np.ones((20, 3)), [images], np.arange(20)),
    ):
        with pytest.raises(UserError, match=message):
            refused()


def test_edges_of_a_bootstrap():
    edges = np.linspace(0, 5, 2000).astype(np.float32)
    some = all_pairs.some(edges)
    assert 500 < len(some) <= 513 and 1 in some and {edges[0], edges[-1]} <= set(some)
    np.testing.assert_array_equal(all_pairs.some(edges[:7]), [*edges[:7], 1])
