"""What is said of systems whose distances are known."""

import json

import jax
import numpy as np
import pytest
from PIL import Image
from sklearn import metrics

from experiments.alternatives import contest, entries, systems
from imgforensics.evaluation import results
from imgforensics.metrics import intervals
from imgforensics.testsets import pair_sets
from imgforensics.testsets.pair_sets import KINDS, PairSet
from imgforensics.utils.errors import UserError

KIND = np.repeat(KINDS, [40, 50, 30, 20])


def some_pairs(name="test_v01", seed=0):
    """140 pairs of 80 images from 20 sources; images are their own numbers."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 40, 140)
    second = np.where(KIND == "copy", first, (first + rng.integers(1, 40, 140)) % 40)
    images = np.arange(80, dtype=np.uint8)[:, None, None] + np.zeros((80, 4, 4), np.uint8)
    sources = np.array([f"s{i % 40 // 2}" for i in range(80)])
    pairs = np.stack([first, second + 40], axis=1)
    return PairSet(name, images, pairs, KIND == "copy", KIND, sources)


def perfect(images, pairs):
    numbers = images[pairs][..., 0, 0].astype(int) % 40
    return np.where(numbers[:, 0] == numbers[:, 1], -8.0, -3.0)


def constant(images, pairs):
    return np.zeros(len(pairs))


def test_a_perfect_scorer():
    pairs = some_pairs()
    distances = perfect(pairs.images, pairs.pairs)
    tuned = contest.tune(distances, pairs)
    assert tuned == pytest.approx({"random": -5.5, "same_class": -5.5, "same_source": -5.5})
    judged = contest.judge(distances, pairs, tuned)
    assert list(judged) == list(pair_sets.NEGATIVES)
    for record, negatives in zip(judged.values(), (50, 30, 20)):
        assert record["auc"] == record["accuracy"] == record["average_precision"] == 1
        assert record["positives"] == 40 and record["negatives"] == negatives
        assert record["operating_points"][0]["threshold"] == pytest.approx(-5.5)
        assert record["operating_points"][0]["true_positive_rate"] == 1
        low, high = record["interval"]
        assert 0.9 < low < high == pytest.approx(1)


def test_a_constant_scorer():
    pairs = some_pairs()
    distances = constant(pairs.images, pairs.pairs)
    judged = contest.judge(distances, pairs, contest.tune(distances, pairs))
    for record in judged.values():
        assert record["auc"] == 0  # among equal distances negatives come first
        assert record["accuracy"] == 0.5


def test_any_scorer():
    pairs = some_pairs()
    rng = np.random.default_rng(1)
    distances = rng.normal(size=140) * 5 - 20 * (rng.uniform(size=140) < pairs.is_copy * 0.6)
    tuned = {"random": -9.0, "same_class": -1.0}
    judged = contest.judge(distances, pairs, tuned, own=-7.0)
    copies = distances[pairs.is_copy]
    for kind, threshold in (("random", -9.0), ("same_class", -1.0), ("same_source", -9.0)):
        others, record = distances[pairs.kind == kind], judged[kind]
        truth, score = np.repeat([1, 0], [40, len(others)]), -np.concatenate([copies, others])
        assert record["threshold"] == threshold
        assert record["auc"] == pytest.approx(metrics.roc_auc_score(truth, score))
        expected = metrics.average_precision_score(truth, score)
        assert record["average_precision"] == pytest.approx(expected)
        for cut, found in ((threshold, record), (-7.0, record["own"])):
            expected = (np.mean(copies <= cut) + np.mean(others > cut)) / 2
            assert found["accuracy"] == pytest.approx(expected)
            assert found["interval"][0] < expected < found["interval"][1]
        at = record["operating_points"][1]
        if at["threshold"] is not None:
            assert np.mean(others <= at["threshold"]) <= 0.01
            assert at["true_positive_rate"] == pytest.approx(np.mean(copies <= at["threshold"]))
    json.dumps(judged, allow_nan=False)


def test_the_bootstrap_draws_sources():
    """A pair weighs as often as both its sources were drawn; AUC is counted pair by pair."""
    pairs, rng = some_pairs(), np.random.default_rng(2)
    distances = rng.normal(size=140) - 1.5 * pairs.is_copy
    number = np.unique(pairs.sources, return_inverse=True)[1]
    copies, others = np.flatnonzero(pairs.is_copy), np.flatnonzero(pairs.kind == "random")
    before = distances[copies][:, None] < distances[others]
    areas = []
    for often in intervals.multiplicities(20):
        drawn = [
            np.prod([often[source] for source in set(number[pairs.pairs[pair]])])
            for pair in range(140)
        ]
        weights = np.outer(np.take(drawn, copies), np.take(drawn, others))
        areas.append((weights * before).sum() / weights.sum())
    record = contest.judge(distances, pairs, {"random": 0.0})["random"]
    np.testing.assert_allclose(record["auc_interval"], np.percentile(areas, [2.5, 97.5]))


def test_a_kind_that_is_not_there_is_left_out():
    pairs = some_pairs()
    kept = np.isin(pairs.kind, ["copy", "random"])
    parts = {name: getattr(pairs, name)[kept] for name in ("pairs", "is_copy", "kind")}
    fewer = pairs._replace(**parts)
    distances = perfect(fewer.images, fewer.pairs)
    tuned = contest.tune(distances, fewer)
    assert list(tuned) == list(contest.judge(distances, fewer, tuned)) == ["random"]


@pytest.mark.parametrize(
    "copies,others,expected",
    [
        ([1, 2], [5, 7], 3.5),
        ([1, 2, 6], [5, 7], 3.5),  # one copy is lost at 3.5, or one other found at 6.5
        ([1], [2, 3, 4], 1.5),
        ([1, 3, 5], [2, 4, 6], 3.5),  # as good as 1.5 and 5.5, between which it lies
        ([3, 3], [3, 3], 3.0),  # whatever: all the same
        ([5], [1], 1.0),
    ],
)
def test_the_cut(copies, others, expected):
    cut = contest.best_cut(np.array(copies, float), np.array(others, float))
    best = max(
        np.mean(np.less_equal(copies, at)) + np.mean(np.greater(others, at))
        for at in np.arange(-2, 10, 0.25)
    )
    found = np.mean(np.less_equal(copies, cut)) + np.mean(np.greater(others, cut))
    assert found == best
    if best > 1:
        assert cut == np.nextafter(expected, 0)  # what lies right in the middle is a copy no more


def test_a_system_is_a_scorer_in_two_steps():
    pairs = some_pairs()
    for system in (
        systems.of_scorer("whole", perfect),
        systems.of_vectors("arrays", lambda image: image[0, 0] % 40, lambda a, b: abs(a * 1.0 - b)),
        systems.of_pairs("numbers", lambda image: int(image[0, 0]) % 40, lambda a, b: abs(a - b)),
    ):
        distances, cost = contest.measure(system, pairs)
        assert distances.dtype == np.float64
        np.testing.assert_array_equal(distances < distances.min() + 0.5, pairs.is_copy)
        np.testing.assert_array_equal(distances, system(pairs.images, pairs.pairs))
        assert cost["pairs_per_second"] == pytest.approx(140 / cost["comparing"])
        if system.title == "whole":  # what images are kept as they are is no describing
            assert (cost["describing"], cost["images_per_second"]) == (0, None)
        else:
            assert cost["images_per_second"] == pytest.approx(80 / cost["describing"])


def test_a_network_is_its_f(model, patches):
    system = systems.of_model("ours", model)
    pairs = np.array([[0, 0], [0, 1], [1, 0], [2, 3]])
    f = system(patches, pairs)
    assert f[0] == 0 and f[1] == f[2] != f[3]
    assert system.threshold == 1
    entries_of = jax.tree.map(np.size, model.params)
    assert system.facts["parameters"] == sum(jax.tree.leaves(entries_of))
    changed = model._replace(params={**model.params, "alpha": model.params["alpha"] + 1})
    assert systems.of_model("ours", changed).facts["sha256"] != system.facts["sha256"]
    assert systems.of_model("ours", model).facts == system.facts


def test_numbers_that_are_not_finite_are_refused():
    system = systems.of_scorer("odd", lambda images, pairs: np.full(len(pairs), np.nan))
    with pytest.raises(UserError, match="140 of 140 distances by odd are not finite"):
        contest.measure(system, some_pairs())


class Counted:
    """A contest whose calls are counted."""

    def __init__(self, path):
        self.path, self.scored, self.made = path, [], []
        self.cpu = "a"

    def system(self, name):
        def score(images, pairs):
            self.scored.append(name)
            return perfect(images, pairs)

        return lambda: systems.of_scorer(name, score)

    def set(self, name, seed, stop_at):
        def make():
            if name == stop_at:
                raise KeyboardInterrupt
            self.made.append(name)
            return some_pairs(name, seed)

        return make

    def run(self, names, seed=0, skip=None, stop_at=None, judged=("test_v01", "real")):
        record = contest.open_record(self.path, {"size": 40})
        names_of_sets = "validation_v01", "test_v01", "real"
        sets = {name: self.set(name, seed, stop_at) for name in names_of_sets}
        entered = {name: self.system(name) for name in names}
        tuned_on = dict.fromkeys(judged, "validation_v01")
        contest.run(
            record, entered, sets, tuned_on, lambda entry: results.write(entry, self.path),
            {"cpu": self.cpu}, skip,
        )  # fmt: skip
        return record


def test_a_contest_goes_on_where_it_stopped(tmp_path):
    counted = Counted(tmp_path / "record.json")
    record = counted.run(["a"])
    assert counted.made == ["validation_v01", "test_v01", "real"]
    assert json.loads(json.dumps(record)) == results.read(counted.path)
    assert record["systems"]["a"]["sets"]["test_v01"]["random"]["auc"] == 1
    counted.scored.clear(), counted.made.clear()
    longer = counted.run(["a", "b"])
    assert set(counted.scored) == {"b"}
    assert longer["systems"]["a"] == json.loads(json.dumps(record["systems"]["a"]))
    counted.made.clear()
    assert counted.run(["a", "b"]) == results.read(counted.path) and counted.made == []


def test_a_set_that_is_tuned_and_judged_on_is_measured_once(tmp_path, monkeypatch):
    measured, measure = [], contest.measure

    def noted(system, pairs):
        measured.append((system.title, pairs.name))
        return measure(system, pairs)

    monkeypatch.setattr(contest, "measure", noted)
    both = ["test_v01", "validation_v01"]
    record = Counted(tmp_path / "record.json").run(["a", "b"], judged=both)
    assert sorted(measured) == [(name, which) for name in "ab" for which in both]
    for system in record["systems"].values():
        own = system["sets"]["validation_v01"]
        assert own["random"]["auc"] == 1 and own["tuned_on"] == "validation_v01"
        assert own["cost"] == system["tuning"]["validation_v01"]


def test_a_record_tells_what_measured_each_set_where_and_how_long(tmp_path, monkeypatch):
    counted = Counted(tmp_path / "record.json")
    monkeypatch.setattr(results, "commit", lambda: "before")
    counted.run(["a"], skip={("a", "real"): "not yet"})
    monkeypatch.setattr(results, "commit", lambda: "after")
    counted.cpu = "b"
    systems_of = counted.run(["a", "b"])["systems"]
    told = {
        (name, which): (judged["versions"]["commit"], judged["machine"]["cpu"])
        for name, system in systems_of.items()
        for which, judged in system["sets"].items()
    }
    assert told.pop(("a", "test_v01")) == ("before", "a")
    assert len(told) == 3 and set(told.values()) == {("after", "b")}
    for system in systems_of.values():
        assert system["tuning"].keys() == system["tuned"].keys() == {"validation_v01"}
        assert system["tuning"]["validation_v01"]["comparing"] > 0


def test_what_was_measured_survives_an_interruption(tmp_path):
    counted = Counted(tmp_path / "record.json")
    with pytest.raises(KeyboardInterrupt):
        counted.run(["a"], stop_at="real")
    assert list(results.read(counted.path)["systems"]["a"]["sets"]) == ["test_v01"]
    counted.made.clear()
    assert list(counted.run(["a"])["systems"]["a"]["sets"]) == ["test_v01", "real"]
    assert counted.made == ["real"]


def test_sets_of_another_run_are_refused(tmp_path):
    counted = Counted(tmp_path / "record.json")
    counted.run(["a"])
    with pytest.raises(UserError, match="the pairs of validation_v01 are not those of the record"):
        counted.run(["b"], seed=1)
    with pytest.raises(UserError, match="is a record of other sets: remove it"):
        contest.open_record(counted.path, {"size": 41})
    results.write({"versions": {}}, tmp_path / "else.json")
    with pytest.raises(UserError, match="is a record of other sets"):
        contest.open_record(tmp_path / "else.json", {"size": 40})


def test_what_a_system_was_trained_on_is_left_out(tmp_path):
    counted = Counted(tmp_path / "record.json")
    record = counted.run(["a"], skip={("a", "real"): "trained on c3"})
    assert list(record["systems"]["a"]["sets"]) == ["test_v01"]
    assert record["systems"]["a"]["left_out"] == {"real": "trained on c3"}


def test_networks_that_saw_the_images_are_told(make_model):
    model = make_model()
    other = make_model()
    other.config.unlock()
    other.config.data.held_out = ("c1",)
    data = other.config.data.copy_and_resolve_references()
    names = ["test_v01", "held_out_v01", "real"]
    seen = entries.seen({"old": model, "new": other}, data, names)
    assert seen == {("old", "held_out_v01"): "trained on c1"}
    data.source = "folder"
    assert entries.seen({"old": model}, data, names) == {}
    data.source, data.split_seed = "procedural", 5
    with pytest.raises(UserError, match="old was trained on another split"):
        entries.seen({"old": model}, data, names)


def test_sets_are_named(tmp_path, make_model):
    rng = np.random.default_rng(0)
    for number in range(12):
        file = tmp_path / "images" / f"c{number % 2}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (32, 32)).astype(np.uint8)
        Image.fromarray(coarse.repeat(16, 0).repeat(16, 1)).save(file)
    data = make_model().config.data.copy_and_resolve_references()
    data.source, data.folder = "folder", str(tmp_path / "images")
    data.split = (0.4, 0.3, 0.3)
    found = entries.sets(data, None, None, 5, 5, 0)
    assert list(found.tuned_on) == ["test_v01", "test_v02", "test_composite"]
    assert found.tuned_on["test_v02"] == "validation_v02"
    assert set(found.makers) == {*found.tuned_on, *found.tuned_on.values()}
    assert pair_sets.describe(found.makers["test_composite"]())["pairs"]["copy"] == 5
    json.dumps(found.facts)
    data.held_out = ("c1",)
    added = entries.sets(data, ["test_v01"], tmp_path / "images", 5, 5, 0)
    assert list(added.tuned_on) == ["test_v01", "real"]
    several = entries.sets(data, None, tmp_path / "images", 5, 5, 0)
    assert list(several.tuned_on)[3:] == [
        "held_out_v01", "held_out_v02", "held_out_composite", "real",
    ]  # fmt: skip
    assert several.tuned_on["real"] == "validation_v01"
    alone = entries.sets(data, ["test_single"], None, 5, 5, 0)
    assert alone.tuned_on == {"test_single": "validation_v01"}
    labels = pair_sets.describe(several.makers["real"]())["pairs"]
    assert labels == {"copy": 5, "random": 5, "same_class": 0, "same_source": 0}
    with pytest.raises(UserError, match="no set of pairs 'test_v03'"):
        entries.sets(data, ["test_v03"], None, 5, 5, 0)
    with pytest.raises(UserError, match="'real' needs a folder of classes"):
        entries.sets(data, ["real"], None, 5, 5, 0)
