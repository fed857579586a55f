"""Scores against scikit-learn's, and against cases computed by hand."""

import json

import numpy as np
import pytest
from sklearn import metrics

from imgforensics.metrics import ranking
from imgforensics.utils.errors import UserError


def sample(seed=0, copies=150, others=4000, shift=3.0):
    rng = np.random.RandomState(seed)
    f = rng.normal(0, 1.5, copies + others)
    f[copies:] += shift
    return f[:copies].astype(np.float32), f[copies:].astype(np.float32)


def both(copies, others, nudge=0.0):
    """Labels and scores as scikit-learn takes them; `nudge` puts negatives before their equals."""
    truth = np.repeat([1, 0], [len(copies), len(others)])
    return truth, -np.concatenate([copies, others - nudge]).astype(float)


def rounded(seed=0):
    """Scores of which most have an equal: multiples of 1/4."""
    return tuple(np.round(4 * some) / 4 for some in sample(seed))


def test_areas_agree_with_scikit_learn():
    for seed in range(3):
        copies, others = sample(seed)
        pairs = ranking.histogram(copies, others)
        truth, score = both(copies, others)
        assert ranking.auc(pairs) == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
        expected = metrics.average_precision_score(truth, score)
        assert ranking.average_precision(pairs) == pytest.approx(expected, abs=1e-12)


def test_negatives_come_first_among_equal_scores():
    copies, others = rounded()
    pairs = ranking.histogram(copies, others)
    truth, score = both(copies, others, nudge=1e-3)
    assert ranking.auc(pairs) == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
    assert ranking.auc(pairs) < metrics.roc_auc_score(*both(copies, others)) - 1e-3
    # Of copies with equal scores, scikit-learn gives each the precision after the last.
    ordered = truth[np.argsort(-score, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    expected = precision[ordered == 1].mean()
    assert ranking.average_precision(pairs) == pytest.approx(expected, abs=1e-12)
    assert expected <= metrics.average_precision_score(truth, score)


@pytest.mark.parametrize("make", [sample, rounded])
@pytest.mark.parametrize("rate", [0.3, 1e-2, 1e-3, 0.0])
def test_true_positives_at_a_rate_of_false_ones(make, rate):
    copies, others = make()
    pairs = ranking.histogram(copies, others)
    false, true, _ = metrics.roc_curve(*both(copies, others), drop_intermediate=False)
    # scikit-learn has further points, between those at which there is another copy.
    expected = true[false <= rate].max()
    found, edge = ranking.best_threshold(pairs, rate)
    assert found == pytest.approx(expected)
    if expected:
        threshold = pairs.edges[edge]
        assert np.mean(copies <= threshold) == pytest.approx(expected)
        assert np.mean(others <= threshold) <= rate


def test_rates_and_accuracy():
    copies, others = sample()
    pairs = ranking.histogram(copies, others)
    true, false = ranking.rates(pairs, 1)
    assert true == np.mean(copies <= 1) and false == np.mean(others <= 1)
    weights = np.repeat([1 / len(copies), 1 / len(others)], [len(copies), len(others)])
    truth, score = both(copies, others)
    expected = metrics.accuracy_score(truth, score >= -1, sample_weight=weights)
    assert ranking.accuracy(pairs) == pytest.approx(expected)


def test_by_hand():
    # In order: copy 0.2, other 0.5, copy 0.5 (after its equal), other 0.9, copy 1.5, other 2.
    pairs = ranking.histogram(np.array([0.2, 0.5, 1.5]), np.array([0.5, 0.9, 2.0]))
    assert ranking.auc(pairs) == pytest.approx((3 + 2 + 1) / 9)
    assert ranking.average_precision(pairs) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert ranking.accuracy(pairs) == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert ranking.best_threshold(pairs, 0.0)[0] == pytest.approx(1 / 3)
    assert ranking.best_threshold(pairs, 0.34)[0] == pytest.approx(2 / 3)
    assert ranking.best_threshold(pairs, 0.67)[0] == 1


def test_exactly_one_is_a_copy_and_the_next_number_is_none():
    above = np.nextafter(np.float32(1), np.float32(2))
    pairs = ranking.histogram(np.ones(3, np.float32), np.float32([1, above]))
    true, false = ranking.rates(pairs, 1)
    assert (true, false) == (1, 0.5)
    true, _ = ranking.rates(ranking.histogram(np.full(3, above), np.ones(2, np.float32)), 1)
    assert true == 0


def test_constant_scores_tell_nothing():
    for value in (0.25, 1.0, 7.0):
        pairs = ranking.histogram(np.full(5, value), np.full(20, value))
        assert ranking.auc(pairs) == 0  # all negatives come first
        expected = np.mean([k / (20 + k) for k in range(1, 6)])
        assert ranking.average_precision(pairs) == pytest.approx(expected)
        assert ranking.best_threshold(pairs, 0.5)[0] == 0
        assert ranking.accuracy(pairs) == 0.5


def test_perfect_scores():
    pairs = ranking.histogram(np.linspace(0, 0.5, 50), np.linspace(2, 3, 1000))
    record = ranking.report(pairs, repeated(pairs))
    assert record["accuracy"] == record["auc"] == record["average_precision"] == 1
    assert record["auc_interval"] == pytest.approx((0.9286, 1), abs=1e-4)  # Wilson's, of 50
    point = record["operating_points"][0]
    assert point["false_positive_interval"] == pytest.approx((0, 0.003827), abs=1e-6)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_counted(which, value):
    parts = list(sample())
    parts[which] = parts[which].copy()
    parts[which][[3, 7]] = value
    with pytest.raises(UserError, match=r"^2 of (150|4000) scores of .*\(the first is number 3\)"):
        ranking.histogram(*parts)


def repeated(pairs, times=4):
    """Replicates that are all the same."""
    return pairs._replace(
        positive=np.tile(pairs.positive, (times, 1)), negative=np.tile(pairs.negative, (times, 1))
    )


def test_several_histograms_at_once():
    drawn = [ranking.histogram(*sample()), ranking.histogram(*sample())]
    rng = np.random.RandomState(0)
    several = drawn[0]._replace(
        positive=np.array([pairs.positive * rng.randint(1, 4) for pairs in drawn]),
        negative=np.array([pairs.negative * rng.randint(1, 4) for pairs in drawn]),
    )
    for number in range(2):
        one = several._replace(positive=several.positive[number], negative=several.negative[number])
        for measure in (ranking.auc, ranking.average_precision, ranking.accuracy):
            assert measure(several)[number] == measure(one)
        for ours, expected in zip(
            ranking.best_threshold(several, 0.01), ranking.best_threshold(one, 0.01)
        ):
            assert ours[number] == expected


def test_average_precision_of_billions_of_pairs():
    """The sum over positives of one bin, against the same sum in pieces."""
    edges, false, true = np.array([1.0]), 4_000_000_000, 3_000_000
    pairs = ranking.Histogram(edges, np.array([true, 0]), np.array([false, 1000]))
    terms = np.arange(1, true + 1)
    assert ranking.average_precision(pairs) == pytest.approx(np.mean(terms / (terms + false)), 1e-9)
    few = ranking.Histogram(edges, np.array([2, 0]), np.array([false, 0]))
    assert ranking.average_precision(few) == pytest.approx(1.5 / false, rel=1e-6)


@pytest.mark.parametrize("make", [sample, rounded])
def test_points_of_the_curve_are_exact_and_few(make):
    copies, others = make(copies=3000, others=9000) if make is sample else make()
    pairs = ranking.histogram(copies, others)
    curve = ranking.curve(pairs)
    thresholds, true, false = curve.values()
    assert len(thresholds) == len(true) == len(false) <= 800
    assert thresholds[0] is thresholds[-1] is None
    assert (true[0], false[0]) == (0, 0)
    assert (true[-1], false[-1]) == (len(copies), len(others))
    for threshold, of_copies, of_others in list(zip(thresholds, true, false))[1:-1]:
        assert of_copies == np.sum(copies <= threshold)
        assert of_others == np.sum(others <= threshold)
    assert (np.diff(true) >= 0).all() and (np.diff(false) >= 0).all()
    assert np.diff(true).max() < 0.02 * len(copies) or make is rounded
    # The lowest rates, of which all depends, are kept one by one.
    exact = np.cumsum(pairs.negative)
    assert set(exact[exact < 10]) <= set(false)


def test_false_pairs():
    found = ranking.false_pairs(0.001, (0.0005, 0.002), 1000)
    assert found["expected"] == pytest.approx(499.5)
    assert found["interval"] == pytest.approx([249.75, 999])


def test_a_report_says_what_it_cannot_tell():
    copies, others = sample(others=500)
    pairs = ranking.histogram(copies, others)
    points = ranking.report(pairs, repeated(pairs))["operating_points"]
    assert [point["name"] for point in points] == [
        "f <= 1", "false-positive rate 0.01", "false-positive rate 0.001",
        "false-positive rate 0.0001",
    ]  # fmt: skip
    assert points[1]["true_positive_rate"] is not None
    for point, needed in zip(points[2:], (1000, 10000)):
        assert point["true_positive_rate"] is None
        assert point["why"] == f"500 negative pairs are fewer than {needed}"


def test_no_copy_is_found_where_too_many_others_come_first():
    copies, _ = sample()
    pairs = ranking.histogram(copies + 9, np.zeros(200))
    point = ranking.report(pairs, repeated(pairs))["operating_points"][1]
    assert point["true_positive_rate"] == 0 and point["threshold"] is None
    assert point["true_positive_interval"] == pytest.approx((0, 0.02497), abs=1e-5)


@pytest.mark.parametrize("missing", ["copies", "negative pairs"])
def test_an_empty_side(missing):
    copies, others = sample()
    if missing == "copies":
        copies = copies[:0]
    else:
        others = others[:0]
    pairs = ranking.histogram(copies, others)
    record = ranking.report(pairs, repeated(pairs))
    assert record["accuracy"] is None and record["why"] == f"there are no {missing} of this kind"
    [point] = record["operating_points"]
    there, empty = ("false", "true") if missing == "copies" else ("true", "false")
    assert point[f"{empty}_positive_rate"] is None and point[f"{empty}_positives"] == 0
    assert 0 < point[f"{there}_positive_rate"] < 1
    assert ("false_pairs" in point) == (missing == "copies")
    assert np.isnan(ranking.average_precision(pairs)) == (missing == "copies")


def test_a_report_is_json():
    for others in (0, 500):
        pairs = ranking.histogram(*sample(others=others))
        json.dumps(ranking.report(pairs, repeated(pairs)), allow_nan=False)
