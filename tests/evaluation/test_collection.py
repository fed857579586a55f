import csv
import json
import os
import pathlib
import subprocess
import sys

import compiling
import here
import numpy as np
import pytest
from PIL import Image
from sklearn import metrics

from imgforensics.evaluation import collection, results
from imgforensics.inference import embed, weights
from imgforensics.models import metric
from imgforensics.utils import pictures, tables
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")

ROOT = pathlib.Path(__file__).parents[2]
F = metric.Metric(np.full(4, 0.3, np.float32))


def images_of(classes, noise=0.8, seed=0):
    """Embeddings and labels of classes with so many images each."""
    rng = np.random.RandomState(seed)
    label = np.repeat(np.arange(len(classes)), classes)
    embeddings = 2 * rng.normal(size=(len(classes), 4))[label]
    embeddings += noise * rng.normal(size=embeddings.shape)
    return embeddings.astype(np.float32), np.char.add("c", label.astype(str))


def pairs(embeddings, labels):
    """f of each two images, and whether they have one label."""
    first, second = np.triu_indices(len(labels), 1)
    f = np.abs(embeddings[first] - embeddings[second]) @ np.asarray(F.alpha)
    return f, labels[first] == labels[second], first, second


def test_all_pairs_of_a_collection():
    embeddings, labels = images_of([2, 1, 5, 3, 1, 4])
    found, closest = collection.protocol(F, embeddings, labels, most=10)
    f, same, first, second = pairs(embeddings, labels)
    assert found["images"] == 16 and found["labels"] == 6 and found["labels_of_one_image"] == 2
    assert found["exact"] and found["positives"] == same.sum() == 1 + 10 + 3 + 6
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(same, -f))
    expected = metrics.average_precision_score(same, -f)
    assert found["average_precision"] == pytest.approx(expected)
    point = found["operating_points"][0]
    assert point["true_positives"] == (f[same] <= 1).sum()
    assert point["false_positives"] == (f[~same] <= 1).sum()
    chosen = np.argsort(f)[:10]
    np.testing.assert_allclose(closest[0], f[chosen], rtol=1e-5)
    np.testing.assert_array_equal(closest[1:], [first[chosen], second[chosen]])
    json.dumps(found, allow_nan=False)


def test_more_copies_than_thresholds():
    """Counts are exact at each threshold; areas are a little low, and never too high."""
    embeddings, labels = images_of([20] * 8)
    found, _ = collection.protocol(F, embeddings, labels)
    f, same, *_ = pairs(embeddings, labels)
    assert not found["exact"] and found["positives"] == 8 * 190 and found["thresholds"] <= 501
    area, precision = metrics.roc_auc_score(same, -f), metrics.average_precision_score(same, -f)
    assert area - 0.005 < found["auc"] < area
    assert precision - 0.01 < found["average_precision"] < precision
    curve = found["curve"]
    for threshold, true, false in list(zip(*curve.values()))[1:-1]:
        assert abs(true - (f[same] <= threshold).sum()) <= 1  # where rounding decides
        assert abs(false - (f[~same] <= threshold).sum()) <= 1


def test_labels_without_company():
    embeddings, _ = images_of([1] * 60)
    found, closest = collection.protocol(F, embeddings, np.arange(60).astype(str), most=3)
    f, *_ = pairs(embeddings, np.arange(60))
    assert found["accuracy"] is None and found["why"] == "there are no copies of this kind"
    assert found["labels_of_one_image"] == 60 and found["positives"] == 0
    [point] = found["operating_points"]
    assert point["false_positive_rate"] == pytest.approx(np.mean(f <= 1))
    low, high = point["false_positive_interval"]
    assert low < point["false_positive_rate"] < high
    assert len(closest[0]) == 3 and len(found["curve"]["threshold"]) > 100
    assert f"f <= 1: {(f <= 1).sum()} pairs" in results.describe({"pairwise": found})


def test_without_labels_nothing_is_said_of_copies():
    embeddings, _ = images_of([1] * 60)
    found, closest = collection.protocol(F, embeddings, np.full(60, ""), most=3)
    f, *_ = pairs(embeddings, np.arange(60))
    assert found.keys() == {"images", "thresholds", "labels", "unlabelled", "pairs", "distribution"}
    assert (found["labels"], found["unlabelled"], found["pairs"]) == (0, 60, 60 * 59 / 2)
    np.testing.assert_allclose(closest[0], np.sort(f)[:3], rtol=1e-5)
    for threshold, within in list(zip(*found["distribution"].values())):
        assert abs(within - (f <= threshold).sum()) <= 1  # where rounding decides
    lines = results.describe({"pairwise": found}).splitlines()
    assert lines[0] == "pairwise: 1770 pairs, without labels that say which are copies"
    assert lines[1] == f"  f <= 1: {(f <= 1).sum()} pairs"
    json.dumps(found, allow_nan=False)


def test_an_image_without_a_label_has_no_copies():
    embeddings, labels = images_of([3, 2, 4])
    labels[:3] = collection.UNLABELLED
    found, _ = collection.protocol(F, embeddings, labels)
    assert (found["labels"], found["unlabelled"], found["labels_of_one_image"]) == (2, 3, 0)
    assert found["positives"] == 1 + 6 and found["negatives"] == 36 - 7


def test_one_class_and_equal_images():
    embeddings, labels = images_of([6])
    found, _ = collection.protocol(F, embeddings, labels)
    assert found["negatives"] == 0 and found["why"] == "there are no negative pairs of this kind"
    equal, closest = collection.protocol(F, np.ones((6, 4)), images_of([2, 4])[1], most=99)
    assert equal["auc"] == 0 and equal["operating_points"][0]["true_positive_rate"] == 1
    assert closest[0].tolist() == [0] * 15
    np.testing.assert_array_equal(closest[1:], np.triu_indices(6, 1))


@pytest.mark.parametrize("count", [0, 1])
def test_a_pair_needs_two_images(count):
    with pytest.raises(UserError, match=f"^{count} image.s. make no pair"):
        collection.protocol(F, np.ones((count, 4)), np.arange(count))


@pytest.fixture
def folder(tmp_path):
    """Two classes, one of a single image; several sizes; a file that is no image."""
    rng = np.random.RandomState(0)
    sizes = {"a/1.png": (32, 32), "a/2.png": (50, 40), "b/3.tif": (32, 32), "c.png": (32, 32)}
    for name, size in sizes.items():
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.randint(0, 256, size).astype(np.uint8)).save(path)
    (tmp_path / "images" / "a" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (tmp_path / "images" / "a" / "empty.jpg").write_bytes(b"")
    (tmp_path / "images" / "notes.txt").write_text("no image")
    return tmp_path / "images"


def test_a_folder_is_read_as_far_as_it_can_be(model, folder):
    found = collection.read(model, {"weights": 1}, folder, "class")
    assert found.names.tolist() == ["a/1.png", "a/2.png", "b/3.tif", "c.png"]
    assert found.labels.tolist() == ["a", "a", "b", ""]
    assert found.summary["images"] == 4 and found.summary["sizes"] == {"32x32": 3, "40x50": 1}
    assert found.summary["skipped"] == {"files of other types": 1, "unreadable": 2}
    assert set(found.summary["unreadable"]) == {"a/broken.png", "a/empty.jpg"}
    assert "0 bytes" in found.summary["unreadable"]["a/empty.jpg"]
    image = np.asarray(Image.open(folder / "b/3.tif"))
    np.testing.assert_allclose(found.embeddings[2], embed.embed(model, [image])[0], rtol=1e-4)
    assert found.summary["labels"] == "class"
    assert not any(collection.read(model, {}, folder, "none").labels)


def test_a_manifest_says_what_belongs_together(model, folder):
    (folder / "manifest.csv").write_text(
        "file,class,source\na/1.png,x,s\na/2.png,y,s\nb/3.tif,y,t\n", encoding="utf-8"
    )
    by = {labels: collection.read(model, {}, folder, labels) for labels in ("class", "source")}
    assert by["class"].labels.tolist() == ["x", "y", "y"]
    assert by["source"].labels.tolist() == ["s", "s", "t"]
    assert by["class"].summary["skipped"]["not named in manifest.csv"] == 3


def test_too_few_images_are_refused(model, tmp_path):
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"")
    Image.new("L", (40, 40), 9).save(tmp_path / "3.png")
    message = r"holds 0 image\(s\) to compare of 3 \(2 unreadable, 1 blank\): pairs need two"
    with pytest.raises(UserError, match=message):
        collection.read(model, {}, tmp_path, "class")


def test_a_flat_folder_has_no_labels_and_blank_images_no_pairs(model, tmp_path):
    rng = np.random.RandomState(0)
    for name, image in {
        "1": rng.randint(0, 256, (40, 40)), "2": rng.randint(0, 256, (40, 40)),
        "black": np.zeros((40, 40)), "white": np.full((40, 40), 255),
        "noise": rng.normal(200, 3, (40, 40)).round(),
    }.items():  # fmt: skip
        Image.fromarray(image.astype(np.uint8)).save(tmp_path / f"{name}.png")
    found = collection.read(model, {}, tmp_path, "class")
    assert found.names.tolist() == ["1.png", "2.png"] and found.labels.tolist() == ["", ""]
    assert list(found.summary["blank"]) == ["black.png", "noise.png", "white.png"]
    assert found.summary["labels"] == "none"


def test_embeddings_are_kept_and_checked(model, folder, tmp_path):
    kept = collection.read(model, {"weights": {"path": "w"}}, folder, "class")
    collection.save(kept, tmp_path / "e.npz")
    again = collection.load(tmp_path / "e.npz")
    for name in ("embeddings", "names", "labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(kept, name))
    assert again.summary == kept.summary and again.record == kept.record
    first, _ = collection.protocol(kept.forensic, kept.embeddings, kept.labels)
    assert collection.protocol(again.forensic, again.embeddings, again.labels)[0] == first

    kept.embeddings[[1, 3]] = np.nan
    collection.save(kept, tmp_path / "e.npz")
    with pytest.raises(UserError, match=r"^2 of 4 embeddings in .*e.npz are not finite"):
        collection.load(tmp_path / "e.npz")
    collection.save(kept._replace(names=kept.names[:2]), tmp_path / "e.npz")
    with pytest.raises(UserError, match="its arrays don't fit together"):
        collection.load(tmp_path / "e.npz")
    np.savez(tmp_path / "e.npz", format="another")
    with pytest.raises(UserError, match="holds no embeddings"):
        collection.load(tmp_path / "e.npz")


def test_embeddings_of_another_making_are_refused(model, folder, tmp_path):
    """Each in one line, by their headers wherever these tell."""
    path = tmp_path / "e.npz"
    collection.save(collection.read(model, {}, folder, "class"), path)
    with np.load(path) as entries:
        right = dict(entries)
    changes = [
        {name: value}
        for name in right
        for value in (None, np.array(1 + 1j), np.array(["a", "b"]), np.zeros((4, 4, 4)))
    ] + [
        {"format": np.array("x" * 10**6)},
        {"alpha": np.full(8, np.nan, np.float32)},
        {"alpha": np.ones(7, np.float32)},
        {"offset": np.float32("inf")},
        {"embeddings": right["embeddings"].astype(">f4")},
        {"embeddings": right["embeddings"].astype(np.float64)},
        {"embeddings": np.array([{}], object)},
        {"labels": right["labels"][:-1]},
        *({name: np.array(text)} for name in ("summary", "record")
          for text in ("", "{", "[]", "NaN", '"a"', "[" * 10**5)),
    ]  # fmt: skip
    for change in changes:
        np.savez(path, **{key: value for key, value in (right | change).items()
                          if value is not None})  # fmt: skip
        with pytest.raises(UserError) as told:
            collection.load(path)
        assert str(path) in str(told.value) and "\n" not in str(told.value), change
    np.savez(path, **right)
    collection.load(path)


def run(*flags, env=None):
    command = [sys.executable, "-W", "error", "-m", "imgforensics", "pairwise", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)


def test_the_command_and_another_look_without_embedding(model, folder, tmp_path):
    weights.export(model, tmp_path / "w.npz")
    out = tmp_path / "out"
    done = run(f"--weights={tmp_path / 'w.npz'}", f"--folder={folder}", f"--out={out}")
    assert done.returncode == 0, done.stderr
    assert "a/broken.png: " in done.stdout and "unreadable (2):" in done.stdout
    assert "pairwise: 1 copies, 5 different pairs" in done.stdout
    assert "types (1): .txt 1" in done.stdout
    assert sorted(path.name for path in out.iterdir()) == [
        "closest.csv", "embeddings.npz", "pairwise.json",
    ]  # fmt: skip
    with open(out / "closest.csv", newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["a", "b", "label_a", "label_b", "f", "likelihood"]
    assert len(rows) == 6
    f = [float(row["f"]) for row in rows]
    assert f == sorted(f)
    for row in rows:
        expected = 1 / (1 + np.exp(float(row["f"]) - 1))
        assert float(row["likelihood"]) == pytest.approx(expected, rel=1e-5)
    record = results.read(out / "pairwise.json", ["pairwise"])
    assert record["weights"]["path"] == str(tmp_path / "w.npz")
    assert record["pairwise"]["read"]["images"] == 4

    again = here.run(
        "pairwise", f"--embeddings={out / 'embeddings.npz'}", f"--out={tmp_path}", "--closest=2"
    )
    assert again.returncode == 0, again.stderr
    repeated = results.read(tmp_path / "pairwise.json")
    assert record["pairwise"].pop("cost").keys() == repeated["pairwise"].pop("cost").keys()
    assert repeated == record
    assert len((tmp_path / "closest.csv").read_text().splitlines()) == 3

    wrong = here.run("pairwise", f"--out={out}")
    assert wrong.returncode == 1
    assert wrong.stderr == "error: give either --folder or --embeddings\n"


def test_the_command_takes_any_name_and_not_what_was_drawn_before(model, tmp_path):
    """Names that are no UTF-8, formulas, or would recolour the screen."""
    weights.export(model, tmp_path / "w.npz")
    images, out = tmp_path / "images", tmp_path / "images" / "out"
    images.mkdir()
    names = [os.fsdecode(b"caf\xe9.png"), "=1+2.png", "red\x1b[31m.png", "plain.png"]
    for seed, name in enumerate(names):
        levels = np.random.RandomState(seed).randint(0, 256, (40, 40)).astype(np.uint8)
        Image.fromarray(levels).save(images / name)
    (images / "bad\x1b[31m.png").write_bytes(b"")
    pictures.save(Image.open(images / "plain.png"), out / "sprite.png")
    done = here.run(
        "pairwise", f"--weights={tmp_path / 'w.npz'}", f"--folder={images}", f"--out={out}"
    )
    assert done.returncode == 0, done.stderr
    assert "pairwise: 6 pairs, without labels" in done.stdout
    assert "drawn by imgforensics 1" in done.stdout
    assert "\x1b" not in done.stdout and "bad\\x1b[31m.png: the file is empty" in done.stdout
    with open(out / "closest.csv", newline="", encoding="utf-8", errors="surrogateescape") as file:
        _header, *rows = (row.cells for row in tables.rows(file))
    assert {name for row in rows for name in row[:2]} == set(names) and len(rows) == 6
    assert "'=1+2.png" in (out / "closest.csv").read_text(errors="replace")
    again = here.run("pairwise", f"--embeddings={out / 'embeddings.npz'}", f"--out={out}")
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_a_hundred_thousand_images_in_less_than_a_gibibyte(model, tmp_path):
    """Five billion pairs, more than an int32 counts, without a matrix of 37 GiB."""
    weights.export(model, tmp_path / "w.npz")
    embeddings = np.random.RandomState(0).normal(size=(100_000, 128)).astype(np.float32)
    embeddings[1::2] = embeddings[::2] + 0.5 * embeddings[1::2]
    every = np.arange(100_000)
    many = collection.Collection(
        metric.Metric(np.full(128, 0.02, np.float32)),
        embeddings,
        every.astype(str),
        (every // 2).astype(str),
        {"source": "normally distributed embeddings, in pairs"},
        results.record(model, tmp_path / "w.npz", None),
    )
    collection.save(many, tmp_path / "embeddings.npz")
    done = run(
        f"--embeddings={tmp_path / 'embeddings.npz'}",
        f"--out={tmp_path}",
        env=compiling.fully_optimized(),
    )
    assert done.returncode == 0, done.stderr
    found = results.read(tmp_path / "pairwise.json")["pairwise"]
    assert found["positives"] == 50_000 and found["negatives"] == 4_999_900_000
    assert found["cost"]["peak_memory"] < 2**30
