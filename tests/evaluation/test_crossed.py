import json

import jax
import numpy as np
import pytest
from sklearn import metrics

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import crossed, retrieval
from imgforensics.inference import all_pairs, embed
from imgforensics.manipulations import recipe
from imgforensics.metrics import intervals
from imgforensics.models import metric
from imgforensics.testsets import triplet_sets
from imgforensics.utils.errors import UserError

F = metric.Metric(np.full(6, 0.4, np.float32))


def pairs(count=60, classes=4, images_of_source=3, noise=0.7):
    """Embeddings that lie the nearer the more images have in common."""
    rng = np.random.RandomState(0)
    source = np.arange(count) // images_of_source
    of_class = source % classes
    first = rng.normal(size=(classes, 6))[of_class] + rng.normal(size=(count, 6))[source]
    first = (first + rng.normal(size=(count, 6))).astype(np.float32)
    second = (first + noise * rng.normal(size=(count, 6))).astype(np.float32)
    names = np.char.add("c", of_class.astype(str)), np.char.add("s", source.astype(str))
    return crossed.Crossed(first, [second], *names, equal=0)


def matrix(some):
    return np.abs(some.first[:, None] - some.seconds[0]) @ np.asarray(F.alpha)


def negatives(some):
    """Which of all pairs are negatives of each kind."""
    other = ~np.eye(len(some.first), dtype=bool)
    one_class, one_source = (np.equal.outer(key, key) for key in (some.classes, some.sources))
    return {
        "random": other,
        "same_class": other & one_class & ~one_source,
        "same_source": other & one_source,
    }


def test_each_kind_of_negatives_apart():
    some = pairs()
    found, f = crossed.protocol(F, some), matrix(some)
    assert found["images"] == 60 and found["sources"] == found["groups"] == 20
    copies = np.diag(f)
    for name, which in negatives(some).items():
        record, others = found[name], f[which]
        truth = np.repeat([1, 0], [60, len(others)])
        score = -np.concatenate([copies, others])
        assert record["positives"] == 60 and record["negatives"] == len(others)
        for measure, expected in (
            ("auc", metrics.roc_auc_score(truth, score)),
            ("average_precision", metrics.average_precision_score(truth, score)),
            ("accuracy", (np.mean(copies <= 1) + np.mean(others > 1)) / 2),
        ):
            assert record[measure] == pytest.approx(expected, abs=1e-6)
            interval = "interval" if measure == "accuracy" else f"{measure}_interval"
            low, high = record[interval]
            assert 0 <= low < record[measure] < high <= 1
        false = np.mean(others <= 1)
        point = record["operating_points"][0]
        assert point["false_positive_rate"] == pytest.approx(false)
        for pairs_of, images in zip(point["false_pairs"], (100, 1000, 10_000, 100_000)):
            assert pairs_of["expected"] == pytest.approx(false * images * (images - 1) / 2)
        assert 0 < record["reliability"]["expected_calibration_error"] < 1
    areas = [found[name]["auc"] for name in ("random", "same_class", "same_source")]
    assert areas[0] > areas[1] > areas[2]
    json.dumps(found, allow_nan=False)


def test_more_copies_than_the_bootstrap_has_thresholds_for(monkeypatch):
    monkeypatch.setattr(all_pairs, "_BOOTSTRAP", 30)
    monkeypatch.setattr(intervals, "_GROUPS", 40)
    some = pairs(count=150, images_of_source=1)
    found, f = crossed.protocol(F, some), matrix(some)
    truth = np.eye(150).ravel()
    random = found["random"]
    assert random["auc"] == pytest.approx(metrics.roc_auc_score(truth, -f.ravel()), abs=1e-6)
    expected = metrics.average_precision_score(truth, -f.ravel())
    assert random["average_precision"] == pytest.approx(expected, abs=1e-6)
    assert found["sources"] == 150 and found["groups"] == 40
    false, true, _ = metrics.roc_curve(truth, -f.ravel(), drop_intermediate=False)
    for point, rate in zip(random["operating_points"][1:], (1e-2, 1e-3)):
        assert point["true_positive_rate"] == pytest.approx(true[false <= rate].max())
        low, high = point["true_positive_interval"]
        assert low <= point["true_positive_rate"] <= high


def test_kinds_without_a_pair_say_so():
    found = crossed.protocol(F, pairs(classes=20, images_of_source=1, count=20))
    for name in ("same_class", "same_source"):
        assert found[name]["accuracy"] is None and found[name]["negatives"] == 0
        assert found[name]["why"] == "there are no negative pairs of this kind"
    assert found["random"]["negatives"] == 380


def test_copies_of_a_split(model, micrographs):
    indices = np.arange(10, 90)
    some = crossed.embed_split(model, micrographs, indices, "v02")
    assert some.first.shape == (80, 8) and [view.shape for view in some.seconds] == [(80, 8)] * 2
    np.testing.assert_array_equal(some.classes, micrographs.classes[indices])
    np.testing.assert_array_equal(some.sources, micrographs.sources[indices])
    assert some.equal == 0
    # Image 70 is in the second chunk; its manipulations depend on its number only.
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(0), 2**31 + 2), 70)
    image, config = micrographs.images[80], model.config.manipulations
    anchor, copy, _ = jax.jit(lambda *a: recipe.triplet(*a, config))(key, image, image)
    for images, branch, found in (
        (anchor, 0, some.first), (copy, 1, some.seconds[0]), (copy, 2, some.seconds[1]),
    ):  # fmt: skip
        expected = embed.embed(model, np.asarray(images)[None], branch)
        np.testing.assert_allclose(found[70], expected[0], rtol=1e-3, atol=1e-4)


def test_equal_pixels_and_too_few_images(model, micrographs):
    images = micrographs.images[:5].copy()
    images[[1, 3]] = images[0]
    few = Micrographs(images, *(part[:5] for part in (
        micrographs.names, micrographs.classes, micrographs.sources
    )))  # fmt: skip
    assert crossed.embed_split(model, few, np.arange(5)).equal == 6
    with pytest.raises(UserError, match="1 image.s. can't make a pair"):
        crossed.embed_split(model, few, np.arange(1))


def test_distractors_are_other_copies_than_those_of_a_split(model, micrographs):
    [views] = crossed.embed_distractors(model, micrographs)
    some = crossed.embed_split(model, micrographs, np.arange(100))
    assert views.shape == (100, 8) and (views != some.seconds[0]).any(axis=1).mean() > 0.8


def test_retrieval_among_distractors():
    some = pairs()
    f = matrix(some)
    found = retrieval.protocol(F, some)
    ranks = (f <= np.diag(f)[:, None]).sum(1)
    assert found["ranks"] == ranks.tolist()
    assert found["queries"] == 60 and found["distractors"] == 59
    # With one copy to be found the average precision of a query is that of scikit-learn.
    each = [metrics.average_precision_score(np.eye(60)[i], -f[i]) for i in range(60)]
    assert found["mean_average_precision"] == pytest.approx(np.mean(each))
    assert found["recall_at_1"] == np.mean(ranks == 1) < found["recall_at_5"] < 1
    for name in ("recall_at_1", "recall_at_5", "mean_average_precision"):
        low, high = found[f"{name}_interval"]
        assert low < found[name] < high

    more = np.random.RandomState(1).normal(size=(500, 6)).astype(np.float32)
    among = retrieval.protocol(F, some, [more])
    assert among["distractors"] == 559 and among["recall_at_1"] < found["recall_at_1"]
    far = retrieval.protocol(F, some, [more + 100])
    assert far["ranks"] == found["ranks"] and far["distractors"] == 559


def test_a_copy_that_equals_all_distractors_comes_last():
    some = pairs(count=9)
    equal = some._replace(first=some.first * 0, seconds=[some.first * 0])
    found = retrieval.protocol(F, equal)
    assert found["recall_at_5"] == 0 and found["ranks"] == [9] * 9
    assert found["recall_at_5_interval"] == pytest.approx((0, 0.2991), abs=1e-4)


def test_nearest_among_one_image_of_every_class():
    """Classes of two images: the mate of a class's one image is its other one."""
    labels = np.repeat(list("abcdefgh"), 2)
    places = np.array([0, 0.1, 1, 1.1, 2, 2.9, 3, 3.1, 5, 6.3, 5.1, 6.2, 8, 8, 9, 9.1])
    embeddings = np.repeat(places[:, None], 6, axis=1).astype(np.float32)
    found = retrieval.nearest(F, embeddings, [embeddings], labels, runs=20, seed=0)
    assert found["classes"] == 8 and found["runs"] == 20
    ranks = np.array(found["ranks"])
    assert ranks.shape == (20, 8)
    assert (ranks[:, [0, 1, 6, 7]] == 1).all()  # nothing is between these two
    assert (ranks[:, [4, 5]] > 1).any()
    assert found["top_1"] == pytest.approx(np.mean(ranks == 1))
    assert found["top_5"] == pytest.approx(np.mean(ranks <= 5))
    low, high = found["top_1_interval"]
    assert low < found["top_1"] < high
    again = retrieval.nearest(F, embeddings, [embeddings], labels, runs=20, seed=1)
    assert again["ranks"] != found["ranks"]


def test_nearest_with_equal_images_is_never_lucky():
    labels = np.repeat(list("abcdefg"), 2)
    same = np.ones((14, 6), np.float32)
    found = retrieval.nearest(F, same, [same], labels, runs=2, seed=0)
    assert found["top_1"] == found["top_5"] == 0 and set(np.ravel(found["ranks"])) == {7}


def test_chunks_of_copies(model, micrographs):
    key, config = jax.random.key(3), model.config.manipulations
    chunks = list(triplet_sets.copies(key, micrographs.images, config))
    assert [[len(part) for part in chunk] for chunk in chunks] == [[64, 64], [36, 36]]
    [few] = triplet_sets.copies(key, micrographs.images[:3], config)
    for ours, theirs in zip(few, chunks[0]):
        np.testing.assert_array_equal(ours, theirs[:3])
