"""Robustness: the points agree with what is counted by hand."""

import csv
import io
import json

import numpy as np
import pytest

from imgforensics.evaluation import robustness
from imgforensics.inference import embed
from imgforensics.metrics import intervals
from imgforensics.models import metric
from imgforensics.models.interface import ANCHOR, SAME
from imgforensics.reports import table_robustness
from imgforensics.testsets import single
from imgforensics.utils.errors import UserError

INDICES = np.arange(0, 40)


@pytest.fixture(scope="module")
def measured(model, micrographs):
    return robustness.measure(model, micrographs, INDICES, ["shift", "inversion"])


@pytest.fixture(scope="module")
def record(measured):
    return {
        "weights": {"path": "runs/mine", "step": 7},
        "config": {},
        "data": {"source": "folder"},
        "split": "test",
        "robustness": measured,
    }


def scores_of(forensic, first, second):
    """f of all pairs [N, N], and which are of different images."""
    f = np.asarray(metric.distance(forensic, first[:, None], second[None]))
    return f, ~np.eye(len(f), dtype=bool)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5])
def test_threshold_is_the_largest_that_lets_few_enough_pass(rate):
    rng = np.random.RandomState(0)
    first, second = rng.standard_normal((2, 40, 6)).astype(np.float32)
    forensic = metric.Metric(rng.uniform(-0.2, 1, 6).astype(np.float32))
    f, others = scores_of(forensic, first, second)
    threshold = robustness.threshold_at(forensic, first, second, rate)
    allowed = int(rate * 40 * 39 + 1e-9)
    below = np.sort(f[others])
    assert below[allowed - 1] <= threshold < below[allowed] + 1e-6
    assert threshold > below[allowed] - 1e-6


def test_threshold_of_constant_scores_lets_none_pass():
    forensic = metric.Metric(np.ones(3, np.float32))
    first, second = np.zeros((20, 3), np.float32), np.ones((20, 3), np.float32)
    assert robustness.threshold_at(forensic, first, second, 0.01) == pytest.approx(3)
    assert robustness.threshold_at(forensic, first, second, 0.01) < 3


def test_points_agree_with_counting(measured, model, micrographs):
    images = micrographs.images[INDICES]
    inner = slice(112, 144)
    anchors = embed.embed(model, images[:, inner, inner], ANCHOR)
    plain, others = scores_of(
        model.metric, anchors, embed.embed(model, images[:, inner, inner], SAME)
    )
    threshold = measured["threshold"]
    assert (plain[others] < threshold - 1e-5).mean() <= 0.01
    assert (plain[others] < threshold + 1e-3).mean() >= 0.01 - 1 / others.sum()
    for manipulation in measured["manipulations"]:
        for point in manipulation["points"][:: len(manipulation["points"]) - 1]:
            made = single.make(manipulation["name"], images, point["strength"], model.config)
            f, others = scores_of(model.metric, anchors, embed.embed(model, made, SAME))
            copies = np.diag(f)
            assert point["true_positive_rate_at_1"] == pytest.approx((copies <= 1).mean())
            assert point["false_positive_rate_at_1"] == pytest.approx(
                (f[others] <= 1).mean(), abs=2e-3
            )
            assert point["accuracy"] == pytest.approx(
                (point["true_positive_rate_at_1"] + 1 - point["false_positive_rate_at_1"]) / 2
            )
            assert point["true_positive_rate"] == pytest.approx((copies <= threshold).mean())
            assert point["false_positive_rate"] == pytest.approx(
                (f[others] <= threshold).mean(), abs=2e-3
            )


def test_true_positive_intervals_are_bootstraps_over_sources(measured, model, micrographs):
    images, sources = micrographs.images[INDICES], micrographs.sources[INDICES]
    anchors = embed.embed(model, images[:, 112:144, 112:144], ANCHOR)
    differ = 0
    for point in measured["manipulations"][0]["points"]:
        made = single.make("shift", images, point["strength"], model.config)
        copies = np.diag(scores_of(model.metric, anchors, embed.embed(model, made, SAME))[0])
        expected = intervals.of_mean(1.0 * (copies <= measured["threshold"]), sources)
        assert point["true_positive_interval"] == pytest.approx(expected, abs=1e-6)
        low, high = point["accuracy_interval"]
        assert 0 <= low <= point["accuracy"] <= high <= 1
        differ += expected[0] < expected[1]
    assert differ


def test_the_neutral_strength_is_as_unmanipulated(measured):
    for manipulation in measured["manipulations"]:
        [point] = [
            point for point in manipulation["points"]
            if point["strength"] == manipulation["neutral"]
        ]  # fmt: skip
        assert {name: value for name, value in point.items() if name != "strength"} == measured[
            "plain"
        ]
    assert [m["trained"] for m in measured["manipulations"]] == [[0, 20], None]
    assert measured["images"] == 40 and measured["sources"] == 20


def test_a_manipulation_alone_gives_the_same(measured, model, micrographs):
    alone = robustness.measure(model, micrographs, INDICES, ["inversion"])
    assert alone["manipulations"] == measured["manipulations"][1:]
    json.dumps(alone, allow_nan=False)


def test_too_few_pairs_have_no_threshold(model, micrographs):
    few = robustness.measure(model, micrographs, np.arange(9), ["inversion"])
    assert few["threshold"] is None and few["plain"]["true_positive_rate"] is None
    assert few["plain"]["accuracy"] >= 0
    record = {
        "weights": {"path": "w", "step": 1}, "data": {"source": "folder"}, "split": "all",
        "robustness": few,
    }  # fmt: skip
    assert "too few pairs" in table_robustness.plain(record)
    header, plain, *_ = csv.reader(io.StringIO(table_robustness.as_csv(record)))
    assert len(plain) == len(header) and plain[-4:] == [""] * 4
    assert table_robustness.markdown(record).count("| inversion |") == 3


def test_what_can_not_be_measured_is_refused(model, micrographs, make_model):
    with pytest.raises(UserError, match="no manipulation 'sift': choose of rotation, scale"):
        robustness.measure(model, micrographs, INDICES, ["shift", "sift"])
    with pytest.raises(UserError, match=r"1 image\(s\) can't make a pair"):
        robustness.measure(model, micrographs, INDICES[:1])
    large = make_model()
    large.config.manipulations.output_size = 130
    with pytest.raises(UserError, match="crop overlap needs two windows of 130 pixels"):
        robustness.check(large)
    robustness.check(large, ["shift"])


def test_where_it_breaks():
    def manipulation(neutral, **accuracies):
        points = [
            {"strength": float(strength), "accuracy": accuracy}
            for strength, accuracy in zip((-2, -1, 0, 1, 2), accuracies["of"])
        ]
        return {"neutral": neutral, "points": points}

    def breaks(neutral, *of):
        plain = {"accuracy": 0.9}  # half-way to chance is 0.7
        return robustness.breaks(manipulation(neutral, of=of), plain, "accuracy", 0.5)

    assert breaks(0, 0.5, 0.69, 0.9, 0.71, 0.6) == (-1, 2)
    assert breaks(0, 0.9, 0.8, 0.9, 0.8, 0.71) == (None, None)
    assert breaks(-2, 0.9, 0.8, 0.69, 0.8, 0.6) == (None, 0)
    assert breaks(None, 0.9, 0.6, 0.7, 0.8, 0.6) == (None, -1)


def test_equal_replicates_leave_what_has_not_been_seen(model, micrographs):
    apart = model._replace(
        params=model.params | {"alpha": 1e4 * np.abs(np.asarray(model.params["alpha"]))}
    )
    measured = robustness.measure(apart, micrographs, INDICES, ["inversion"])
    _, inverted = measured["manipulations"][0]["points"]
    assert inverted["accuracy"] == 0.5 and inverted["true_positive_rate_at_1"] == 0
    low, high = inverted["accuracy_interval"]
    assert low == pytest.approx(0.5 - intervals.wilson(0, 40 * 39)[1] / 2)
    assert high == pytest.approx(0.5 + intervals.wilson(0, 40)[1] / 2)


def test_summary_tells_both_breaks(record, measured):
    header, shift, inversion = table_robustness.summary(measured)
    assert header[-2:] == ("accuracy breaks at", "found breaks at")
    assert shift[:3] == ("shift", "x and y (pixels)", "0 to 20") and inversion[2] == "no"
    plain = measured["plain"] | {"true_positive_rate": 0.01}
    of_none = table_robustness.summary(measured | {"plain": plain})
    assert [row[-1] for row in of_none[1:]] == ["unmanipulated"] * 2
    plain = measured["plain"] | {"true_positive_rate": 3.0}
    of_all = table_robustness.summary(measured | {"plain": plain})
    assert [row[-1] for row in of_all[1:]] == ["0", "0"]


def test_tables_agree_with_the_record(record, measured):
    rows = list(csv.DictReader(io.StringIO(table_robustness.as_csv(record))))
    points = [
        (manipulation, point)
        for manipulation in measured["manipulations"]
        for point in manipulation["points"]
    ]
    assert rows[0]["manipulation"] == "none" and len(rows) == 1 + len(points)
    assert float(rows[0]["accuracy"]) == measured["plain"]["accuracy"]
    lines = table_robustness.markdown(record).replace("\N{NO-BREAK SPACE}", " ").splitlines()
    of_points = lines[lines.index("| none |  |  | " + lines_of(measured["plain"])) + 1 :]
    for row, line, (manipulation, point) in zip(rows[1:], of_points, points, strict=True):
        low, high = point["true_positive_interval"]
        assert row["manipulation"] == manipulation["name"]
        assert float(row["strength"]) == point["strength"]
        assert float(row["true_positive_low"]) == low and float(row["true_positive_high"]) == high
        assert float(row["false_positive_rate"]) == point["false_positive_rate"]
        trained = manipulation["name"] == "shift" and point["strength"] <= 20
        assert row["trained"] == str(int(trained))
        assert line == (
            f"| {manipulation['name']} | {point['strength']:g} | {'yes' if trained else 'no'} | "
            f"{lines_of(point)}"
        )
    assert f"f <= {measured['threshold']:.4g}" in lines[0] and "40 images of 20" in lines[0]


def lines_of(point):
    cells = [
        "{:.3f} [{:.3f}, {:.3f}]".format(point[name], *point[interval])
        for name, interval in (
            ("accuracy", "accuracy_interval"), ("true_positive_rate", "true_positive_interval"),
        )
    ]  # fmt: skip
    return " | ".join(cells) + " |"
