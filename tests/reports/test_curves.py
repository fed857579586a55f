"""Curves are those of the records that they are drawn from."""

import numpy as np
import pytest

from experiments.alternatives.figure import alternatives
from experiments.alternatives.figure import save as save_alternatives
from imgforensics.metrics import ranking
from imgforensics.metrics import reliability as reliabilities
from imgforensics.reports.figures import colours
from imgforensics.reports.figures.alpha import alpha
from imgforensics.reports.figures.reliability import reliability
from imgforensics.reports.figures.robustness import robustness
from imgforensics.reports.figures.roc import roc
from imgforensics.reports.figures.training import training
from imgforensics.testsets import strengths
from imgforensics.utils.errors import UserError


def lines(axes, color):
    return [line.get_xydata() for line in axes.get_lines() if line.get_color() == color]


@pytest.fixture(scope="module")
def negatives():
    """Two kinds of negatives, and one without a pair, as `evaluation.crossed` records them."""
    rng = np.random.RandomState(0)
    copies = rng.normal(0.5, 0.5, 300).astype(np.float32)
    record = {}
    for name, mean, count in (("random", 3, 5000), ("same_class", 1.5, 400), ("same_source", 0, 0)):
        others = rng.normal(mean, 0.7, count).astype(np.float32)
        pairs = ranking.histogram(copies, others)
        replicates = ranking.Histogram(
            pairs.edges, *(rng.poisson(part, (20, len(part))) for part in pairs[1:])
        )
        record[name] = ranking.report(pairs, replicates)
        if count:
            record[name]["reliability"] = reliabilities.report(
                reliabilities.sums(copies), reliabilities.sums(others)
            )
    return record


def test_roc_has_the_recorded_points(negatives, check_texts):
    figure = roc(negatives)
    [axes] = figure.axes
    for color, name in ((colours.BLUE, "random"), (colours.RED, "same_class")):
        measured = negatives[name]
        curve, at_one = lines(axes, color)
        false = np.array(measured["curve"]["false_positives"]) / measured["negatives"]
        np.testing.assert_allclose(curve[:, 1] * 300, measured["curve"]["true_positives"])
        np.testing.assert_allclose(curve[:, 0], np.maximum(false, 0.5 / 5000))
        point = measured["operating_points"][0]
        assert at_one.tolist() == [[point["false_positive_rate"], point["true_positive_rate"]]]
    assert axes.get_xscale() == "log" and not lines(axes, colours.PURPLE)
    # Between exact points neither rate is more than is known.
    assert [line.get_drawstyle() for line in axes.get_lines()[:3:2]] == ["steps-post"] * 2
    [legend] = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert f"AUC {negatives['random']['auc']:.3f}" in labels[0] and len(labels) == 4
    check_texts(figure)


def test_reliability_has_the_recorded_bins(negatives, check_texts):
    figure = reliability(negatives)
    [axes] = figure.axes
    for color, name in ((colours.BLUE, "random"), (colours.RED, "same_class")):
        bins = negatives[name]["reliability"]["bins"]
        [line] = lines(axes, color)
        np.testing.assert_allclose(line, np.transpose([bins["likelihood"], bins["share"]]))
    check_texts(figure)


def test_without_pairs_there_are_no_curves(negatives):
    nothing = dict.fromkeys(negatives, negatives["same_source"])
    for draw in (roc, reliability):
        with pytest.raises(UserError, match="no negative pairs"):
            draw(nothing)


def test_alpha_is_sorted_and_signed(check_texts):
    values = np.random.RandomState(0).normal(0.1, 0.2, 128)
    figure = alpha(values)
    [axes] = figure.axes
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())
    np.testing.assert_allclose([bar.get_height() for bar in bars], np.sort(values)[::-1])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[1].startswith(f"{(values < 0).sum()} negative, sum ")
    check_texts(figure)
    assert len(alpha(np.ones(8)).legends[0].get_texts()) == 1


def test_training_is_drawn_by_triplets_seen(check_texts):
    rng = np.random.RandomState(0)
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    metrics = [
        {"step": step, **dict(zip(names, rng.uniform(size=4)))} for step in range(20, 520, 20)
    ]
    metrics[7]["validation_loss"] = 0.0
    figure = training(metrics, batch_size=32)
    for axes, name in zip(figure.axes, ("loss", "accuracy")):
        [trained] = lines(axes, colours.ORANGE)
        np.testing.assert_allclose(
            trained, [(32 * entry["step"], entry[name]) for entry in metrics]
        )
        validated, best = lines(axes, colours.BLUE)
        expected = [entry[f"validation_{name}"] for entry in metrics]
        np.testing.assert_allclose(validated[:, 1], expected)
        assert best.tolist() == [[32 * 160, metrics[7][f"validation_{name}"]]]
        marks = [line[0, 0] for line in lines(axes, colours.RED) if len(set(line[:, 0])) == 1]
        assert marks == [384_000, 1_280_000]
    assert lines(figure.axes[1], colours.RED)[0].tolist() == [[384_000, 0.96], [1_280_000, 0.98]]
    check_texts(figure)


def manipulation(name, strengths, neutral, trained, logarithmic=False):
    rng = np.random.RandomState(len(strengths))

    def measured():
        value = rng.uniform(0.2, 0.8)
        return value, (value - 0.1, value + 0.1)

    points = []
    for strength in strengths:
        (accuracy, one), (true, other) = measured(), measured()
        points.append({
            "strength": strength, "accuracy": accuracy, "accuracy_interval": one,
            "true_positive_rate": true, "true_positive_interval": other,
        })  # fmt: skip
    return {
        "name": name, "unit": f"unit of {name}", "neutral": neutral, "trained": trained,
        "logarithmic": logarithmic, "points": points,
    }  # fmt: skip


@pytest.fixture
def measured():
    manipulations = [
        manipulation("rotation", (0, 45, 90, 180), 0, [0, 45]),
        manipulation("scale", (50, 100, 150, 200), 100, [75, 125], logarithmic=True),
        manipulation("JPEG", (100, 75, 50, 10, 1), None, None),
        manipulation("inversion", (0, 1), 0, None),
        manipulation("text", (0, 5, 15, 60), 0, [5, 14]),
    ]
    return {"rate": 0.01, "plain": manipulations[0]["points"][0], "manipulations": manipulations}


def test_robustness_has_the_recorded_points(measured, check_texts):
    figure = robustness(measured)
    assert len(figure.axes) == 5
    for axes, each in zip(figure.axes, measured["manipulations"]):
        for color, name in ((colours.BLUE, "accuracy"), (colours.RED, "true_positive_rate")):
            drawn = lines(axes, color)[0]
            expected = [(point["strength"], point[name]) for point in each["points"]]
            np.testing.assert_allclose(drawn, expected)
        left, right = axes.get_xlim()
        assert (left < right) == (each["name"] != "JPEG")
        shaded = [patch for patch in axes.patches if patch.get_width() > 0]
        assert bool(shaded) == bool(each["trained"])
        assert (axes.get_xscale() == "log") == each["logarithmic"]
    [scale] = figure.axes[1].patches
    assert (scale.get_x(), scale.get_x() + scale.get_width()) == (75, 125)
    [rotation] = figure.axes[0].patches
    assert (rotation.get_x(), rotation.get_width()) == (0, 45)
    check_texts(figure)


def test_without_a_threshold_there_is_the_accuracy_alone(measured):
    for each in measured["manipulations"]:
        for point in each["points"]:
            point["true_positive_rate"] = point["true_positive_interval"] = None
    figure = robustness(measured)
    assert not lines(figure.axes[0], colours.RED)
    assert len(figure.legends[0].get_texts()) == 3


def test_alternatives_have_a_curve_each_in_every_panel(check_texts):
    rng = np.random.RandomState(0)
    found = {
        title: {
            name: [{"strength": float(x), "share": rng.uniform()} for x in about.strengths]
            for name, about in strengths.MANIPULATIONS.items()
        }
        for title in ("perceptual hash", "PDQ", "SIFT and MAGSAC", "ORB and MAGSAC", "compact",
                      "compact, verified", "XFeat and LighterGlue")
    }  # fmt: skip
    figure = alternatives(found)
    assert [axes.get_title() for axes in figure.axes] == list(strengths.MANIPULATIONS)
    for axes, name in zip(figure.axes, strengths.MANIPULATIONS):
        drawn = {line.get_label(): line for line in axes.get_lines()}
        assert list(drawn) == list(found)
        for title, line in drawn.items():
            points = [[point["strength"], point["share"]] for point in found[title][name]]
            np.testing.assert_allclose(line.get_xydata(), points)
        looks = {(line.get_color(), line.get_marker()) for line in drawn.values()}
        assert len(looks) == len(found)
    check_texts(figure)


def test_alternatives_are_drawn_beside_their_record(tmp_path):
    shares = {
        name: [{"strength": float(x), "share": 0.5} for x in about.strengths]
        for name, about in strengths.MANIPULATIONS.items()
    }
    sets = {"test_single": {"groups": shares}, "test_v01": {}}
    record = {
        "sets": {"test_v01": {}, "test_single": {}},
        "systems": {"orb": {"about": {"title": "ORB"}, "sets": sets}},
    }
    drawn = save_alternatives(record, tmp_path / "mine.json")
    assert drawn == [tmp_path / "mine_test_single"]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["mine_test_single.png", "mine_test_single.svg"]
    record["systems"]["orb"]["sets"].pop("test_single")
    assert save_alternatives(record, tmp_path / "other.json") == []
