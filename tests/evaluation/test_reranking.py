"""The nearest by f in another order: exactly that of plain formulas over all pairs."""

import csv

import here
import numpy as np
import pytest
from model_fixtures import tiny_model
from PIL import Image

from imgforensics.evaluation import collection, neighbours, reranking
from imgforensics.evaluation.collection import Collection
from imgforensics.evaluation.reranking import By
from imgforensics.inference import crops, embed, weights
from imgforensics.models import metric
from imgforensics.utils.errors import UserError

FORENSIC = metric.Metric(np.array([0.3, 0.1, 0.2, 0.4], np.float32))
EVERY = [By(True, False), By(False, True), By(True, True)]


def collection_of(seed, count):
    views = np.random.RandomState(seed).normal(size=(count, 6, 4)).astype(np.float32)
    names = np.array([f"image{number}" for number in range(count)])
    return Collection(FORENSIC, views[:, 0], names, names, {}, {}, views[:, 1:])


def all_f(first, second):
    return np.abs(first[:, None] - second[None]) @ np.asarray(FORENSIC.alpha)


def spacing(f):
    """Of images whose f to all others are the rows: the mean of the sixth to tenth."""
    return np.maximum(np.sort(f, axis=1)[:, 5:10].mean(axis=1), 0.5)


def expected(images, by, queries=None):
    """Scores and f of all pairs, infinite for an image and itself."""
    mine = images if queries is None else queries
    own = np.where(np.eye(len(images.embeddings), dtype=bool), np.inf, 0)
    among = all_f(images.embeddings, images.embeddings) + own
    f = among if queries is None else all_f(mine.embeddings, images.embeddings)
    score = f
    if by.crops:
        one, other = (
            np.concatenate([each.embeddings[:, None], each.crops], axis=1)
            for each in (mine, images)
        )
        count = len(one), len(other)
        any_two = all_f(one.reshape(-1, 4), other.reshape(-1, 4)).reshape(count[0], 6, count[1], 6)
        score = (f + any_two.min(axis=(1, 3))) / 2
    if by.normalize:
        score = score / np.sqrt(spacing(f)[:, None] * spacing(among))
    return score, f


@pytest.mark.parametrize("by", EVERY)
@pytest.mark.parametrize("queried", [False, True])
def test_the_nearest_are_those_of_a_plain_formula(by, queried):
    images = collection_of(0, 40)
    queries = collection_of(1, 12) if queried else None
    found, (f, numbers) = reranking.find(images, 6, by, queries)
    score, every = expected(images, by, queries)
    order = np.argsort(score, axis=1)[:, :6]
    np.testing.assert_array_equal(numbers, order)
    np.testing.assert_allclose(found, np.take_along_axis(score, order, 1), rtol=1e-5)
    np.testing.assert_allclose(f, np.take_along_axis(every, order, 1), rtol=1e-5)


@pytest.mark.parametrize("by", EVERY)
def test_the_closest_pairs_are_those_of_a_plain_formula(by):
    images = collection_of(0, 40)
    found, (f, first, second) = reranking.closest(images, 25, by)
    score, every = expected(images, by)
    rows, columns = np.triu_indices(40, 1)
    order = np.argsort(score[rows, columns])[:25]
    np.testing.assert_array_equal(np.stack([first, second]), np.stack([rows, columns])[:, order])
    np.testing.assert_allclose(found, score[first, second], rtol=1e-5)
    np.testing.assert_allclose(f, every[first, second], rtol=1e-5)


def test_only_what_f_proposes_is_looked_at(monkeypatch):
    monkeypatch.setattr(reranking, "PROPOSED", 4)
    images = collection_of(0, 40)
    proposed = neighbours.find(images, 4)[1]
    _, (_, numbers) = reranking.find(images, 3, EVERY[1])
    assert all(set(some) < set(every) for some, every in zip(numbers, proposed))
    _, (f, first, second) = reranking.closest(images, 1000, EVERY[1])
    pairs = {tuple(sorted((i, j))) for i, row in enumerate(proposed) for j in row}
    assert set(zip(first, second)) == pairs and len(f) == len(pairs) < 160
    assert reranking.find(images, 6, EVERY[1])[0].shape == (40, 6)  # as many as are asked for


def test_equal_scores_stay_in_the_order_of_f_and_of_images():
    """Identical images are first, with a score of 0, however near their neighbours are."""
    images = collection_of(0, 30)
    for which in (images.embeddings, images.crops):
        which[[7, 21]] = which[3]
    score, (f, first, second) = reranking.closest(images, 5, By(True, True))
    assert score[:3].tolist() == f[:3].tolist() == [0, 0, 0] and score[3] > 0
    assert list(zip(first, second))[:3] == [(3, 7), (3, 21), (7, 21)]
    score, (_, numbers) = reranking.find(images, 2, By(True, False))
    assert numbers[[3, 7, 21]].tolist() == [[7, 21], [3, 21], [3, 7]]


def test_five_copies_of_an_image_are_still_nearer_than_all_others():
    images = collection_of(0, 60)
    copied = (
        images.embeddings[[0] * 5] + np.float32(0.001) * np.arange(1, 6, dtype=np.float32)[:, None]
    )
    joined = images._replace(embeddings=np.concatenate([images.embeddings, copied]))
    score, (_, first, second) = reranking.closest(joined, 16, By(True, False))
    assert set(first[:15]) | set(second[:15]) == {0, *range(60, 65)}
    assert score[14] < 0.01 < score[15]


def test_a_collection_of_few_images():
    two = collection_of(0, 2)
    score, (f, first, second) = reranking.closest(two, 10, By(True, True))
    assert (first, second) == (0, 1) and 0 < score[0] < np.inf and f.shape == (1,)
    score, (f, numbers) = reranking.find(collection_of(0, 1), 3, By(True, False), two)
    assert numbers.tolist() == [[0], [0]] and np.isfinite(score).all()


def folder_of(path, names, seed=0):
    rng = np.random.RandomState(seed)
    path.mkdir()
    for name in names:
        pixels = rng.randint(0, 256, (32, 32)).astype(np.uint8)
        Image.fromarray(pixels).save(path / f"{name}.png")
    return path


@pytest.fixture
def model(tmp_path):
    made = tiny_model(metric="positive_alpha_l1")
    weights.export(made, tmp_path / "w.npz")
    return made


def test_crops_are_embedded_and_kept(model, tmp_path):
    folder = folder_of(tmp_path / "images", "abc")
    plain, found = (collection.read(model, {}, folder, "none", crops=some) for some in (0, 1))
    np.testing.assert_allclose(found.embeddings, plain.embeddings, rtol=1e-5, atol=1e-6)
    assert plain.crops is None and found.crops.shape == (3, 5, plain.embeddings.shape[1])
    parts = crops.cut(np.asarray(Image.open(folder / "b.png")))
    np.testing.assert_allclose(found.crops[1], embed.embed(model, parts), rtol=1e-5, atol=1e-6)
    collection.save(found, tmp_path / "e.npz")
    np.testing.assert_array_equal(collection.load(tmp_path / "e.npz").crops, found.crops)
    for wrong in (found.crops[:2], found.crops[:, :4], found.crops.astype(np.float64)):
        collection.save(found._replace(crops=wrong), tmp_path / "e.npz")
        with pytest.raises(UserError, match="its crops are of another type or shape"):
            collection.load(tmp_path / "e.npz")
    collection.save(found._replace(crops=found.crops * np.nan), tmp_path / "e.npz")
    with pytest.raises(UserError, match="3 of 3 crops in .* are not finite"):
        collection.load(tmp_path / "e.npz")


def rows(path):
    with open(path, newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_commands_order_by_a_score(model, tmp_path):
    folder, out = folder_of(tmp_path / "images", "abcdefgh"), tmp_path / "out"
    given = [f"--weights={tmp_path / 'w.npz'}", f"--folder={folder}"]
    done = here.run("pairwise", *given, "--labels=none", "--normalize", "--crops", f"--out={out}")
    assert done.returncode == 0, done.stderr
    found = rows(out / "closest.csv")
    images = collection.load(out / "embeddings.npz")
    score, (f, first, _) = reranking.closest(images, 1000, By(True, True))
    assert [row["a"] for row in found] == images.names[first].tolist() and len(found) == 28
    np.testing.assert_allclose([float(row["score"]) for row in found], score, rtol=1e-6)
    np.testing.assert_allclose([float(row["f"]) for row in found], f, rtol=1e-6)
    assert list(found[0])[-3:] == ["f", "likelihood", "score"]

    near = tmp_path / "nearest.csv"
    kept = f"--embeddings={out / 'embeddings.npz'}"
    done = here.run("nearest", kept, "--crops", "--k=3", f"--out={near}")
    assert done.returncode == 0, done.stderr
    score, (_, numbers) = reranking.find(images, 3, By(False, True))
    assert [row["image"] for row in rows(near)] == images.names[numbers].ravel().tolist()
    np.testing.assert_allclose([float(row["score"]) for row in rows(near)], score.ravel(), 1e-6)


def test_embeddings_without_crops_are_refused(model, tmp_path):
    folder, out = folder_of(tmp_path / "images", "abc"), tmp_path / "out"
    done = here.run(
        "pairwise", f"--weights={tmp_path / 'w.npz'}", f"--folder={folder}", f"--out={out}"
    )
    assert done.returncode == 0, done.stderr
    for command, to in (("pairwise", out), ("nearest", tmp_path / "n.csv")):
        done = here.run(command, f"--embeddings={out / 'embeddings.npz'}", "--crops", f"--out={to}")
        assert done.returncode == 1
        assert (
            done.stderr == "error: these embeddings are without crops: give --folder and --crops\n"
        )
