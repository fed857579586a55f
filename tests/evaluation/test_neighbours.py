"""The nearest images of each, found in a few calls and written with their names."""

import csv
import pathlib
import subprocess
import sys

import here
import numpy as np
import pytest
from model_fixtures import tiny_model
from PIL import Image

from imgforensics.evaluation import neighbours
from imgforensics.evaluation.collection import Collection
from imgforensics.inference import weights
from imgforensics.models import metric
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]
FORENSIC = metric.Metric(np.array([0.3, 0.1, 0.2], np.float32), offset=np.float32(0.1))


def collection_of(embeddings, prefix="image"):
    names = np.array([f"{prefix}{number}" for number in range(len(embeddings))])
    return Collection(FORENSIC, embeddings, names, names, {}, {})


def normal(seed, count):
    return np.random.RandomState(seed).normal(size=(count, 3)).astype(np.float32)


def expected(queries, images, k):
    f = np.array(metric.distance(FORENSIC, queries[:, None], images))
    if queries is images:
        np.fill_diagonal(f, np.inf)
    chosen = np.argsort(f, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(f, chosen, axis=1), chosen


def test_a_collection_is_searched_some_queries_at_a_time(monkeypatch):
    monkeypatch.setattr(neighbours, "_QUERIES", 8)
    images, queries = normal(0, 21), normal(1, 11)
    for found, (f, chosen) in (
        (neighbours.find(collection_of(images), 4), expected(images, images, 4)),
        (
            neighbours.find(collection_of(images), 4, collection_of(queries)),
            expected(queries, images, 4),
        ),
    ):
        np.testing.assert_allclose(found[0], f, rtol=1e-5)
        np.testing.assert_array_equal(found[1], chosen)


def test_where_there_are_fewer_all_are_found():
    images = collection_of(normal(0, 3))
    assert neighbours.find(images, 10)[1].shape == (3, 2)
    assert neighbours.find(images, 10, images)[1].shape == (3, 3)
    with pytest.raises(UserError, match="with 0 images to choose from"):
        neighbours.find(collection_of(normal(0, 1)), 10)
    broken = collection_of(np.full((3, 3), np.nan, np.float32))
    with pytest.raises(UserError, match="3 of 3 embeddings are not finite"):
        neighbours.find(broken, 1)


def run(*flags):
    command = [sys.executable, "-W", "error", "-m", "experiments.nearest", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_finds_a_query_in_a_folder(tmp_path):
    weights.export(tiny_model(metric="positive_alpha_l1"), tmp_path / "w.npz")
    rng = np.random.RandomState(0)
    for folder, names in (("images", "abc"), ("mine", "q")):
        (tmp_path / folder).mkdir()
        for name in names:
            pixels = rng.randint(0, 256, (32, 32)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / folder / f"{name}.png")
    (tmp_path / "mine" / "q.png").write_bytes((tmp_path / "images" / "b.png").read_bytes())
    out = tmp_path / "nearest.csv"
    done = run(
        f"--weights={tmp_path / 'w.npz'}",
        f"--folder={tmp_path / 'images'}",
        f"--queries={tmp_path / 'mine'}",
        f"--out={out}",
        "--k=2",
    )
    assert done.returncode == 0, done.stderr
    assert f"1 of 1 images have a copy by f <= 1; all in {out}" in done.stdout
    with open(out, newline="", encoding="utf-8") as lines:
        first, second = csv.DictReader(lines)
    assert list(first) == ["query", "rank", "image", "f", "likelihood"]
    assert first["query"] == second["query"] == "q.png"
    assert (first["rank"], first["image"], second["rank"]) == ("1", "b.png", "2")
    assert float(first["f"]) == 0 and float(first["likelihood"]) == pytest.approx(
        1 / (1 + np.e**-1)
    )

    wrong = here.run("nearest", "--embeddings=e.npz", "--queries=mine", f"--out={out}")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: --embeddings have their weights already")
    folder = here.run("nearest", "--embeddings=e.npz", f"--out={tmp_path}")
    assert folder.returncode == 1 and folder.stderr.endswith("it is a folder, name a file\n")
